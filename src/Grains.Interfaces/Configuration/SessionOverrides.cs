using System.Collections.Immutable;

namespace Sessions;

/// <summary>What a caller states of a configuration. What is null comes from the template, or from the defaults.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SessionOverrides")]
public sealed record SessionOverrides
{
    /// <summary>States nothing.</summary>
    public static readonly SessionOverrides None = new();

    /// <inheritdoc cref="SessionConfiguration.MaxDuration"/>
    [Id(0)]
    public TimeSpan? MaxDuration { get; init; }

    /// <inheritdoc cref="SessionConfiguration.Permissions"/>
    [Id(1)]
    public SessionPermissions? Permissions { get; init; }

    /// <inheritdoc cref="SessionConfiguration.FunctionPatterns"/>
    [Id(2)]
    public ImmutableArray<string>? FunctionPatterns { get => field is { IsDefault: true } ? [] : field; init; }

    /// <summary>Limits that replace the template's, dimension by dimension; a dimension that is null keeps the template's.</summary>
    [Id(3)]
    public SessionQuotas? Quotas { get; init; }

    /// <inheritdoc cref="SessionSettings.AutoExpire"/>
    [Id(4)]
    public bool? AutoExpire { get; init; }

    /// <inheritdoc cref="SessionSettings.ExecutionLogging"/>
    [Id(5)]
    public bool? ExecutionLogging { get; init; }

    /// <inheritdoc cref="SessionSettings.PerformanceMonitoring"/>
    [Id(6)]
    public bool? PerformanceMonitoring { get; init; }

    /// <inheritdoc cref="SessionSettings.PauseClock"/>
    [Id(7)]
    public PauseClock? PauseClock { get; init; }

    /// <inheritdoc cref="SessionSettings.IdleTimeout"/>
    [Id(8)]
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Labels added to the template's; an equal key replaces.</summary>
    [Id(9)]
    public ImmutableSortedDictionary<string, string> Labels { get; init => field = SortedLabels.Ordered(value); } = SortedLabels.Empty;

    /// <inheritdoc cref="SessionConfiguration.DataRules"/>
    [Id(10)]
    public ImmutableArray<DataRule>? DataRules { get => field is { IsDefault: true } ? [] : field; init; }

    /// <inheritdoc cref="SessionSettings.ExpiryNotice"/>
    [Id(11)]
    public TimeSpan? ExpiryNotice { get; init; }

    /// <summary>States everything of <paramref name="configuration"/> that is not open in it.</summary>
    public static SessionOverrides From(SessionConfiguration configuration) => new()
    {
        MaxDuration = configuration.MaxDuration,
        Permissions = configuration.Permissions,
        FunctionPatterns = configuration.FunctionPatterns,
        Quotas = configuration.Quotas,
        AutoExpire = configuration.Settings.AutoExpire,
        ExecutionLogging = configuration.Settings.ExecutionLogging,
        PerformanceMonitoring = configuration.Settings.PerformanceMonitoring,
        PauseClock = configuration.Settings.PauseClock,
        IdleTimeout = configuration.Settings.IdleTimeout,
        ExpiryNotice = configuration.Settings.ExpiryNotice,
        Labels = configuration.Labels,
        DataRules = configuration.DataRules,
    };

    /// <summary>Puts what is stated here over <paramref name="configuration"/>.</summary>
    public SessionConfiguration ApplyTo(SessionConfiguration configuration)
    {
        var settings = configuration.Settings;
        return new SessionConfiguration
        {
            MaxDuration = MaxDuration ?? configuration.MaxDuration,
            Permissions = Permissions ?? configuration.Permissions,
            FunctionPatterns = FunctionPatterns ?? configuration.FunctionPatterns,
            Quotas = Quotas?.Or(configuration.Quotas) ?? configuration.Quotas,
            Settings = new SessionSettings
            {
                AutoExpire = AutoExpire ?? settings.AutoExpire,
                ExecutionLogging = ExecutionLogging ?? settings.ExecutionLogging,
                PerformanceMonitoring = PerformanceMonitoring ?? settings.PerformanceMonitoring,
                PauseClock = PauseClock ?? settings.PauseClock,
                IdleTimeout = IdleTimeout ?? settings.IdleTimeout,
                ExpiryNotice = ExpiryNotice ?? settings.ExpiryNotice,
            },
            Labels = configuration.Labels.SetItems(Labels),
            DataRules = DataRules ?? configuration.DataRules,
        };
    }
}
