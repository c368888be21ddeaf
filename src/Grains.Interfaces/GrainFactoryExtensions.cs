namespace Sessions;

/// <summary>The one place that knows how keys of our grains are made.</summary>
public static class GrainFactoryExtensions
{
    // Without a prefix a template named like a number or a hexadecimal word would be normalised by key-parsing grain storage,
    // and two names could share a row.
    private const string TemplatePrefix = "t/";
    private const string SubscriptionPrefix = "u/";

    internal const string NamespacePrefix = "n/";

    /// <summary>The grain of a session.</summary>
    public static ISessionGrain GetSession(this IGrainFactory grains, SessionId id) => grains.GetGrain<ISessionGrain>(id.ToString());

    /// <summary>The log of a session.</summary>
    public static ISessionLogGrain GetSessionLog(this IGrainFactory grains, SessionId id) => grains.GetGrain<ISessionLogGrain>(id.ToString());

    /// <summary>The events of the tenant that a namespace belongs to.</summary>
    public static ILifecycleFeedGrain GetLifecycleFeed(this IGrainFactory grains, SessionNamespace @namespace) =>
        grains.GetGrain<ILifecycleFeedGrain>(@namespace.Tenant);

    /// <summary>The grain of a session's data.</summary>
    public static ISessionDataGrain GetSessionData(this IGrainFactory grains, SessionId id) => grains.GetGrain<ISessionDataGrain>(id.ToString());

    /// <summary>A durable subscription of the tenant that a namespace belongs to.</summary>
    public static ISubscriptionGrain GetSubscription(this IGrainFactory grains, SessionNamespace @namespace, SubscriptionName name) =>
        grains.GetGrain<ISubscriptionGrain>($"{SubscriptionPrefix}{@namespace.Tenant}/{name}");

    /// <summary>The grain of a session, as the parent of others.</summary>
    public static ISessionFamilyGrain GetSessionFamily(this IGrainFactory grains, SessionId id) =>
        grains.GetGrain<ISessionFamilyGrain>(id.ToString());

    /// <summary>The grain of a template, whatever its version.</summary>
    public static ITemplateGrain GetTemplate(this IGrainFactory grains, TemplateReference template) =>
        grains.GetGrain<ITemplateGrain>(TemplatePrefix + template.Name);

    /// <summary>The gateways of the cluster.</summary>
    public static IGatewaysGrain GetGateways(this IGrainFactory grains) => grains.GetGrain<IGatewaysGrain>(0);

    /// <summary>The one catalog of templates.</summary>
    public static ITemplateCatalogGrain GetTemplateCatalog(this IGrainFactory grains) =>
        grains.GetGrain<ITemplateCatalogGrain>(ITemplateCatalogGrain.Key);

    /// <summary>Finds sessions.</summary>
    public static ISessionSearchGrain GetSessionSearch(this IGrainFactory grains) => grains.GetGrain<ISessionSearchGrain>(0);

    /// <summary>The grain of an operation over many sessions.</summary>
    public static ISessionOperationGrain GetOperation(this IGrainFactory grains, OperationId id) =>
        grains.GetGrain<ISessionOperationGrain>(id.ToString());

    /// <summary>Lists of operations.</summary>
    public static ISessionOperationListGrain GetOperationList(this IGrainFactory grains) => grains.GetGrain<ISessionOperationListGrain>(0);

    /// <summary>The grain of a namespace's policy.</summary>
    public static IIsolationPolicyGrain GetIsolationPolicy(this IGrainFactory grains, SessionNamespace @namespace) =>
        grains.GetGrain<IIsolationPolicyGrain>(KeyOf(@namespace));

    /// <summary>Who waits for a place among the live sessions of a namespace.</summary>
    public static IAdmissionQueueGrain GetAdmissionQueue(this IGrainFactory grains, SessionNamespace @namespace) =>
        grains.GetGrain<IAdmissionQueueGrain>(KeyOf(@namespace));

    /// <summary>The key of a policy's grain.</summary>
    internal static string KeyOf(SessionNamespace @namespace) => NamespacePrefix + @namespace;

    /// <summary>The namespace in a policy grain's key; false where somebody made the key up.</summary>
    internal static bool TryNamespaceOf(string grainKey, out SessionNamespace @namespace)
    {
        @namespace = default;
        return grainKey.StartsWith(NamespacePrefix, StringComparison.Ordinal)
            && SessionNamespace.TryParse(grainKey[NamespacePrefix.Length..], out @namespace);
    }

    /// <summary>The tenant in a subscription grain's key; empty where somebody made up a key.</summary>
    internal static string TenantOf(string grainKey) =>
        grainKey.StartsWith(SubscriptionPrefix, StringComparison.Ordinal) ? grainKey[SubscriptionPrefix.Length..].Split('/', 2)[0] : "";

    /// <summary>The name in a template grain's key.</summary>
    internal static bool TryTemplateOf(string grainKey, out TemplateReference template)
    {
        template = default;
        return grainKey.StartsWith(TemplatePrefix, StringComparison.Ordinal)
            && TemplateReference.TryParse(grainKey[TemplatePrefix.Length..], null, out template);
    }
}
