using System.Collections.Immutable;
using Sessions.Core.Isolation;

namespace Sessions.Grains.Storage;

/// <summary>
/// Where policies live: in the store of the sessions, because a maximum of live sessions changes in one transaction with the policy that
/// states it, and is held in the very save that makes a session live.
/// </summary>
internal interface IPolicyStore
{
    /// <summary>
    /// Adds a version, under the next revision of all policies; with it the maximum of live sessions is set, changed or taken away, and
    /// counted where it is new. Null, and nothing changed, if the version is not the one after the newest.
    /// </summary>
    /// <param name="policy">What to write; its revision is given by the store.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What was written, with its revision.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was written.</exception>
    /// <exception cref="StoreOutcomeUnknownException">Written or not, nobody knows; read to find out.</exception>
    ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, CancellationToken cancellationToken) =>
        SavePolicyAsync(policy, default, cancellationToken);

    /// <summary>The same with the answers that are kept beside the newest version; also null if those of the version before are others.</summary>
    /// <inheritdoc cref="SavePolicyAsync(NamespacePolicy, CancellationToken)"/>
    ValueTask<NamespacePolicy?> SavePolicyAsync(NamespacePolicy policy, PolicyAnswers answers, CancellationToken cancellationToken);

    /// <summary>Changes the answers beside the newest version. False, and nothing changed, if it is not the newest, or they are others.</summary>
    /// <exception cref="StoreUnavailableException">Nothing was written, or nobody knows; read to find out.</exception>
    ValueTask<bool> KeepPolicyAnswersAsync(
        SessionNamespace @namespace, long version, PolicyAnswers answers, CancellationToken cancellationToken);

    /// <summary>The newest version of every namespace's policy that was set after a revision, by revision. Whoever has read a revision has read all before it.</summary>
    /// <param name="afterRevision">The last revision that is known already; 0 for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<StoredPolicy>> ReadPoliciesAsync(long afterRevision, int limit, CancellationToken cancellationToken);

    /// <summary>The versions of one namespace's policy, newest first.</summary>
    /// <param name="namespace">Whose.</param>
    /// <param name="beforeVersion">The oldest version that is known already; null for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<StoredPolicy>> ReadPolicyHistoryAsync(
        SessionNamespace @namespace, long? beforeVersion, int limit, CancellationToken cancellationToken);

    /// <summary>The counters of all maxima that count a namespace's sessions, outermost first.</summary>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<LiveCount>> ReadLiveCountsAsync(SessionNamespace @namespace, CancellationToken cancellationToken);

    /// <summary>The live sessions of a namespace and all below it, by id.</summary>
    /// <param name="within">The namespace.</param>
    /// <param name="after">The last one that is known already; null for none.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StoreUnavailableException">The store could not answer.</exception>
    ValueTask<ImmutableArray<LiveSession>> ReadLiveAsync(
        SessionNamespace within, SessionId? after, int limit, CancellationToken cancellationToken);
}

/// <summary>A policy as the store has it.</summary>
/// <param name="Namespace">Where it holds.</param>
/// <param name="Version">Which version.</param>
/// <param name="Revision">Which change among those of all policies.</param>
/// <param name="Policy">What it says; null if that cannot be read.</param>
/// <param name="Answers">The answers that are kept beside it; null for none. Only those of the newest version count.</param>
internal sealed record StoredPolicy(
    SessionNamespace Namespace, long Version, long Revision, NamespacePolicy? Policy, string? Answers = null);

/// <summary>How the answers beside a policy change, in their stored form; null for none.</summary>
/// <param name="Before">Those beside the newest version.</param>
/// <param name="After">Those from now on.</param>
internal readonly record struct PolicyAnswers(string? Before, string? After);
