using System.Collections.Immutable;

namespace Sessions.Client;

/// <summary>
/// What <see cref="SessionsClient"/> offers, for services that are to be tested without a cluster: they take this interface, and a test
/// gives them the in-memory client of <c>Sessions.Testing</c>. What each member does, and what it throws, is described there.
/// </summary>
public interface ISessionsClient
{
    /// <inheritdoc cref="SessionsClient.Manager"/>
    SessionManager Manager { get; }

    /// <inheritdoc cref="SessionsClient.ConnectAsync"/>
    Task ConnectAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.CreateAsync"/>
    Task<ISessionHandle> CreateAsync(CreateSessionOptions options, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.RequestAsync"/>
    Task<ISessionHandle> RequestAsync(RequestSessionOptions options, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.Get"/>
    ISessionHandle Get(SessionId id);

    /// <inheritdoc cref="SessionsClient.SetTemplateAsync"/>
    Task<SessionTemplate> SetTemplateAsync(
        TemplateReference name, TemplateDefinition definition, Principal? actor = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.GetTemplateAsync"/>
    Task<SessionTemplate> GetTemplateAsync(TemplateReference template, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.ListTemplatesAsync"/>
    Task<ImmutableArray<SessionTemplate>> ListTemplatesAsync(CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.WatchAsync"/>
    IAsyncEnumerable<LoggedEvent> WatchAsync(
        SessionNamespace @namespace, WatchOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.SubscribeAsync"/>
    Task<SessionSubscription> SubscribeAsync(
        SubscriptionName name, SessionNamespace @namespace, SubscribeOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.ListAsync"/>
    IAsyncEnumerable<SessionSnapshot> ListAsync(
        SessionQuery? query = null,
        SessionOrder order = SessionOrder.NewestFirst,
        int pageSize = 100,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.ListPageAsync"/>
    Task<SessionPage> ListPageAsync(ListSessions request, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.CountAsync"/>
    Task<ImmutableSortedDictionary<SessionStatus, long>> CountAsync(SessionQuery? query = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.CountByNamespaceAsync"/>
    Task<ImmutableArray<NamespaceCount>> CountByNamespaceAsync(SessionQuery? query = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.CountByStatusAsync"/>
    Task<ImmutableSortedDictionary<SessionStatus, long>> CountByStatusAsync(
        SessionNamespace? within = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.CloseAllAsync"/>
    Task<SessionOperation> CloseAllAsync(SessionQuery query, OperationOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.PauseAllAsync"/>
    Task<SessionOperation> PauseAllAsync(SessionQuery query, OperationOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.GetOperation"/>
    SessionOperation GetOperation(OperationId id);

    /// <inheritdoc cref="SessionsClient.ListOperationsAsync"/>
    IAsyncEnumerable<OperationSnapshot> ListOperationsAsync(
        SessionNamespace @namespace, Principal? actor = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.PreviewAllAsync"/>
    Task<OperationPreview> PreviewAllAsync(SessionVerb verb, SessionQuery query, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.GetPolicyAsync"/>
    Task<NamespacePolicy?> GetPolicyAsync(SessionNamespace @namespace, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.SetPolicyAsync"/>
    Task<PolicySetting> SetPolicyAsync(
        SessionNamespace @namespace, PolicyDefinition definition, SetPolicyOptions? options = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.GetPolicyHistoryAsync"/>
    IAsyncEnumerable<NamespacePolicy> GetPolicyHistoryAsync(SessionNamespace @namespace, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.GetEffectivePolicyAsync"/>
    Task<EffectivePolicyView> GetEffectivePolicyAsync(SessionNamespace @namespace, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.ExplainAsync"/>
    Task<PolicyExplanation> ExplainAsync(
        SessionNamespace @namespace,
        SessionPermissions permissions = SessionPermissions.ExecuteFunctions,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SessionsClient.ExplainDataAsync"/>
    Task<PolicyExplanation> ExplainDataAsync(
        SessionNamespace @namespace,
        SessionId caller,
        SessionNamespace callerNamespace,
        DataOperations operation,
        string key,
        bool isPrefix = false,
        CancellationToken cancellationToken = default);
}
