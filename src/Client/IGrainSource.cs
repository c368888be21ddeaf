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
/// <param name="factory">Orleans' own.</param>
/// <param name="connection">The connection that the grains are called over; null inside a silo.</param>
internal sealed class ClusterGrains(IGrainFactory factory, ClusterConnection? connection = null) : IGrainSource
{
    // Before it has connected, Orleans takes a call for one after the end, or fails inside.
    private IGrainFactory Grains => connection is null or { IsConnected: true }
        ? factory
        : throw new UnavailableException(new SessionError
        {
            Code = SessionErrorCode.Unavailable,
            NothingChanged = true,
            Message = "The client has not connected to the cluster yet.",
        });

    private Kind? sessions;

    public ISessionGrain Session(SessionId id)
    {
        if (sessions is { } known)
        {
            return (ISessionGrain)Grains.GetGrain(GrainId.Create(known.Grain, id.ToString()), known.Interface);
        }

        var session = Grains.GetSession(id);
        sessions = session is GrainReference reference ? new(reference.GrainId.Type, reference.InterfaceType) : null;
        return session;
    }

    public ISessionLogGrain SessionLog(SessionId id) => Grains.GetSessionLog(id);

    public ILifecycleFeedGrain Feed(SessionNamespace @namespace) => Grains.GetLifecycleFeed(@namespace);

    public ISessionDataGrain Data(SessionId id) => Grains.GetSessionData(id);

    public ISubscriptionGrain Subscription(SessionNamespace @namespace, SubscriptionName name) => Grains.GetSubscription(@namespace, name);

    public ISessionFamilyGrain Family(SessionId id) => Grains.GetSessionFamily(id);

    public ITemplateGrain Template(string name) => Grains.GetTemplate(TemplateReference.Parse(name));

    public ITemplateCatalogGrain Catalog() => Grains.GetTemplateCatalog();

    public ISessionSearchGrain Search() => Grains.GetSessionSearch();

    public ISessionOperationGrain Operation(OperationId id) => Grains.GetOperation(id);

    public ISessionOperationListGrain Operations() => Grains.GetOperationList();

    public IIsolationPolicyGrain Policy(SessionNamespace @namespace) => Grains.GetIsolationPolicy(@namespace);

    public IAdmissionQueueGrain Queue(SessionNamespace @namespace) => Grains.GetAdmissionQueue(@namespace);

    public ILeaseHolder Reference(ILeaseHolder holder) => Grains.CreateObjectReference<ILeaseHolder>(holder);

    /// <summary>
    /// What Orleans works out of an interface each time somebody asks for a grain, by reflection. Of sessions one asks once per creation,
    /// and it took a tenth of what a creation costs a client.
    /// </summary>
    private sealed record Kind(GrainType Grain, GrainInterfaceType Interface);
}
