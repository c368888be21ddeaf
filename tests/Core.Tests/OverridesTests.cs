using System.Collections.Immutable;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Sessions.Core.Stored;

namespace Sessions.Core.Tests;

public class OverridesTests
{
    private static readonly Gen<long?> AnyLimit = Gen.OneOf(Gen.Constant((long?)null), Gen.Choose(0, 9).Select(n => (long?)n));
    private static readonly Gen<TimeSpan?> AnyTime = AnyLimit.Select(n => n is { } minutes ? TimeSpan.FromMinutes(minutes + 1) : (TimeSpan?)null);

    private static readonly Gen<SessionQuotas> AnyQuotas = Gen.ListOf(AnyLimit, 5).Zip(AnyTime).Select(both => new SessionQuotas
    {
        Executions = both.Item1[0],
        Concurrent = both.Item1[1],
        PerSecond = both.Item1[2],
        DataBytes = both.Item1[3],
        Children = both.Item1[4],
        ComputeTime = both.Item2,
    });

    private static readonly Gen<ImmutableSortedDictionary<string, string>> AnyLabels =
        Gen.Elements("a", "b", "c", "d").Zip(Gen.Elements("1", "2")).ListOf()
            .Select(pairs => SortedLabels.Empty.SetItems(pairs.Select(pair => KeyValuePair.Create(pair.Item1, pair.Item2))));

    private static readonly Gen<SessionConfiguration> AnyConfiguration =
        from duration in Gen.Choose(1, 100)
        from permissions in Gen.Choose(0, 15)
        from patterns in Gen.Elements("f", "g*", "*").ListOf()
        from quotas in AnyQuotas
        from flags in Gen.Choose(0, 7)
        from clock in Gen.Elements(PauseClock.Runs, PauseClock.Stops)
        from idle in AnyTime
        from labels in AnyLabels
        select new SessionConfiguration
        {
            MaxDuration = TimeSpan.FromMinutes(duration),
            Permissions = (SessionPermissions)permissions,
            FunctionPatterns = [.. patterns],
            Quotas = quotas,
            Settings = new SessionSettings
            {
                AutoExpire = (flags & 1) != 0,
                ExecutionLogging = (flags & 2) != 0,
                PerformanceMonitoring = (flags & 4) != 0,
                PauseClock = clock,
                IdleTimeout = idle,
            },
            Labels = labels,
        };

    /// <summary>Overrides that state a part only: any of another configuration's statements, each of them or not.</summary>
    private static readonly Gen<SessionOverrides> AnyOverrides =
        from full in AnyConfiguration.Select(SessionOverrides.From)
        from keep in Gen.Choose(0, 511)
        select new SessionOverrides
        {
            MaxDuration = (keep & 1) != 0 ? full.MaxDuration : null,
            Permissions = (keep & 2) != 0 ? full.Permissions : null,
            FunctionPatterns = (keep & 4) != 0 ? full.FunctionPatterns : null,
            Quotas = (keep & 8) != 0 ? full.Quotas : null,
            AutoExpire = (keep & 16) != 0 ? full.AutoExpire : null,
            ExecutionLogging = (keep & 32) != 0 ? full.ExecutionLogging : null,
            PerformanceMonitoring = (keep & 64) != 0 ? full.PerformanceMonitoring : null,
            PauseClock = (keep & 128) != 0 ? full.PauseClock : null,
            IdleTimeout = (keep & 256) != 0 ? full.IdleTimeout : null,
            Labels = full.Labels,
        };

    [Fact]
    public void Configuration_StatedAsOverridesOfTheDefaults_ComesBackWhole() =>
        Check(AnyConfiguration, configuration =>
            Text(SessionOverrides.From(configuration).ApplyTo(SessionConfiguration.Default)) == Text(configuration));

    [Fact]
    public void NoOverrides_AppliedToAnything_ChangeNothing() =>
        Check(AnyConfiguration, configuration => Text(SessionOverrides.None.ApplyTo(configuration)) == Text(configuration));

    [Fact]
    public void Overrides_AppliedTwice_AreAppliedOnce() =>
        Check(AnyOverrides.Zip(AnyConfiguration), both =>
            Text(both.Item1.ApplyTo(both.Item1.ApplyTo(both.Item2))) == Text(both.Item1.ApplyTo(both.Item2)));

    [Fact]
    public void Overrides_AppliedToAnything_HoldWhatTheyStateAndKeepTheRest() =>
        Check(AnyOverrides.Zip(AnyConfiguration), both =>
        {
            var (stated, template) = both;
            var result = stated.ApplyTo(template);
            return result.MaxDuration == (stated.MaxDuration ?? template.MaxDuration)
                && result.Permissions == (stated.Permissions ?? template.Permissions)
                && result.FunctionPatterns.SequenceEqual(stated.FunctionPatterns ?? template.FunctionPatterns)
                && result.Quotas.Executions == (stated.Quotas?.Executions ?? template.Quotas.Executions)
                && result.Quotas.ComputeTime == (stated.Quotas?.ComputeTime ?? template.Quotas.ComputeTime)
                && result.Settings.AutoExpire == (stated.AutoExpire ?? template.Settings.AutoExpire)
                && result.Settings.IdleTimeout == (stated.IdleTimeout ?? template.Settings.IdleTimeout)
                && stated.Labels.All(label => result.Labels[label.Key] == label.Value)
                && template.Labels.All(label => stated.Labels.ContainsKey(label.Key) || result.Labels[label.Key] == label.Value)
                && result.Labels.Count == stated.Labels.Keys.Union(template.Labels.Keys).Count();
        });

    private static void Check<T>(Gen<T> gen, Func<T, bool> property) =>
        Prop.ForAll(gen.ToArbitrary(), property).QuickCheckThrowOnFailure();

    /// <summary>Records with collections compare by reference; their stored form compares by content.</summary>
    private static string Text(SessionConfiguration configuration) =>
        JsonSerializer.Serialize(new SessionRecord { Configuration = configuration }, StoredJson.Default.SessionRecord);
}
