namespace Sessions.Cli.Parsing;

/// <summary>
/// Reads a template's definition from JSON: <c>{description, configuration: {maxDuration, permissions, functionPatterns, quotas,
/// settings, labels}, ceiling: {maxDuration, permissions, quotas}, provisioner}</c>. Everything may be left out; what is not
/// known is refused, because a misspelled limit would otherwise be no limit. All faults are found, not the first only.
/// </summary>
internal static class TemplateFile
{
    /// <exception cref="CliUsageException">The file cannot be read, or is too large.</exception>
    /// <exception cref="InvalidConfigurationException">It says something wrong.</exception>
    public static TemplateDefinition Read(string path) => Parse(JsonFile.Read(path));

    /// <exception cref="InvalidConfigurationException">The text says something wrong.</exception>
    public static TemplateDefinition Parse(ReadOnlyMemory<byte> json) => JsonFile.Parse(json, ReadDefinition);

    public static SessionCeiling ReadCeiling(TemplateNode node)
    {
        var ceiling = new SessionCeiling
        {
            MaxDuration = node.Duration("maxDuration"),
            Permissions = node.Permissions("permissions"),
            Quotas = node.Child("quotas") is { } quotas ? ReadQuotas(quotas) : SessionQuotas.Unlimited,
        };
        node.RefuseOthers();
        return ceiling;
    }

    private static TemplateDefinition ReadDefinition(TemplateNode node)
    {
        var definition = new TemplateDefinition
        {
            Description = node.Text("description"),
            Configuration = node.Child("configuration") is { } configuration
                ? ReadConfiguration(configuration)
                : SessionConfiguration.Default,
            Ceiling = node.Child("ceiling") is { } ceiling ? ReadCeiling(ceiling) : SessionCeiling.None,
            Provisioner = node.Text("provisioner"),
        };
        node.RefuseOthers();
        return definition;
    }

    private static SessionConfiguration ReadConfiguration(TemplateNode node)
    {
        var defaults = SessionConfiguration.Default;
        var configuration = new SessionConfiguration
        {
            MaxDuration = node.Duration("maxDuration") ?? defaults.MaxDuration,
            Permissions = node.Permissions("permissions") ?? defaults.Permissions,
            FunctionPatterns = node.Texts("functionPatterns") ?? [],
            Quotas = node.Child("quotas") is { } quotas ? ReadQuotas(quotas) : SessionQuotas.Unlimited,
            Settings = node.Child("settings") is { } settings ? ReadSettings(settings) : SessionSettings.Default,
            Labels = node.Child("labels")?.AllTexts() ?? defaults.Labels,
        };
        node.RefuseOthers();
        return configuration;
    }

    private static SessionQuotas ReadQuotas(TemplateNode node)
    {
        var quotas = new SessionQuotas
        {
            Executions = node.Count("executions"),
            Concurrent = node.Count("concurrent"),
            PerSecond = node.Count("perSecond"),
            ComputeTime = node.Duration("computeTime"),
            DataBytes = node.Bytes("dataBytes"),
            Children = node.Count("children"),
        };
        node.RefuseOthers();
        return quotas;
    }

    private static SessionSettings ReadSettings(TemplateNode node)
    {
        var defaults = SessionSettings.Default;
        var settings = new SessionSettings
        {
            AutoExpire = node.Switch("autoExpire") ?? defaults.AutoExpire,
            ExecutionLogging = node.Switch("executionLogging") ?? defaults.ExecutionLogging,
            PerformanceMonitoring = node.Switch("performanceMonitoring") ?? defaults.PerformanceMonitoring,
            PauseClock = node.PauseClock("pauseClock") ?? defaults.PauseClock,
            IdleTimeout = node.Duration("idleTimeout"),
            ExpiryNotice = node.Duration("expiryNotice"),
        };
        node.RefuseOthers();
        return settings;
    }
}
