namespace Sessions.Client;

/// <summary>Where the grains come from: the seam between the client's rules and Orleans.</summary>
/// <remarks>Any of these may throw while the client does not know yet what the cluster offers.</remarks>
internal interface IGrainSource
{
    ISessionGrain Session(SessionId id);

    ISessionLogGrain SessionLog(SessionId id);

    ILifecycleFeedGrain Feed(SessionNamespace @namespace);

    ISessionDataGrain Data(SessionId id);

    ISubscriptionGrain Subscription(SessionNamespace @namespace, SubscriptionName name);

    ISessionFamilyGrain Family(SessionId id);

    ITemplateGrain Template(string name);

    ITemplateCatalogGrain Catalog();

    ISessionSearchGrain Search();

    ISessionOperationGrain Operation(OperationId id);

    ISessionOperationListGrain Operations();

    IIsolationPolicyGrain Policy(SessionNamespace @namespace);

    IAdmissionQueueGrain Queue(SessionNamespace @namespace);

    /// <summary>
    /// What the grains can call the holder by; itself where they are objects of this process. It lives as long as somebody here
    /// refers to it.
    /// </summary>
    ILeaseHolder Reference(ILeaseHolder holder) => holder;
}

/// <summary>Grains of a cluster, through its gateway or from inside a silo.</summary>
internal sealed class ClusterGrains(IGrainFactory grains) : IGrainSource
{
    private Kind? sessions;

    public ISessionGrain Session(SessionId id)
    {
        if (sessions is { } known)
        {
            return (ISessionGrain)grains.GetGrain(GrainId.Create(known.Grain, id.ToString()), known.Interface);
        }

        var session = grains.GetSession(id);
        sessions = session is GrainReference reference ? new(reference.GrainId.Type, reference.InterfaceType) : null;
        return session;
    }

    public ISessionLogGrain SessionLog(SessionId id) => grains.GetSessionLog(id);

    public ILifecycleFeedGrain Feed(SessionNamespace @namespace) => grains.GetLifecycleFeed(@namespace);

    public ISessionDataGrain Data(SessionId id) => grains.GetSessionData(id);

    public ISubscriptionGrain Subscription(SessionNamespace @namespace, SubscriptionName name) => grains.GetSubscription(@namespace, name);

    public ISessionFamilyGrain Family(SessionId id) => grains.GetSessionFamily(id);

    public ITemplateGrain Template(string name) => grains.GetTemplate(TemplateReference.Parse(name));

    public ITemplateCatalogGrain Catalog() => grains.GetTemplateCatalog();

    public ISessionSearchGrain Search() => grains.GetSessionSearch();

    public ISessionOperationGrain Operation(OperationId id) => grains.GetOperation(id);

    public ISessionOperationListGrain Operations() => grains.GetOperationList();

    public IIsolationPolicyGrain Policy(SessionNamespace @namespace) => grains.GetIsolationPolicy(@namespace);

    public IAdmissionQueueGrain Queue(SessionNamespace @namespace) => grains.GetAdmissionQueue(@namespace);

    public ILeaseHolder Reference(ILeaseHolder holder) => grains.CreateObjectReference<ILeaseHolder>(holder);

    /// <summary>
    /// What Orleans works out of an interface each time somebody asks for a grain, by reflection. Of sessions one asks once per creation,
    /// and it took a tenth of what a creation costs a client.
    /// </summary>
    private sealed record Kind(GrainType Grain, GrainInterfaceType Interface);
}
