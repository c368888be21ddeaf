using System.Runtime.CompilerServices;

namespace Sessions.Client;

/// <content>Operations over many sessions.</content>
public sealed partial class SessionsClient
{
    private const int OperationPageSize = 100;
    private const int PreviewSize = 20;

    /// <summary>As patient as any call.</summary>
    internal Repetition Patient => new(Options.RetryBudget, TimeSpan.MaxValue);

    /// <summary>
    /// Starts to close all sessions that a query means, and returns when that is kept; it goes on in the cluster. Sessions that are requested
    /// from now on are left alone, and so are those that are reserved only. Safe to repeat under the same <see cref="OperationOptions.Id"/>.
    /// </summary>
    /// <param name="query">Which sessions; it names a namespace.</param>
    /// <param name="options">Who, why, and under which id.</param>
    /// <param name="cancellationToken">Stops waiting; it may still be started.</param>
    /// <exception cref="InvalidConfigurationException">The query names no namespace, or something is not well-formed; all faults are listed.</exception>
    /// <exception cref="CommandConflictException">The id stands for another operation.</exception>
    /// <exception cref="UnavailableException">The outcome is unknown.</exception>
    public Task<SessionOperation> CloseAllAsync(
        SessionQuery query, OperationOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(SessionVerb.Close, query, options, cancellationToken);

    /// <summary>Starts to pause all active sessions that a query means; otherwise like <see cref="CloseAllAsync"/>.</summary>
    /// <inheritdoc cref="CloseAllAsync"/>
    public Task<SessionOperation> PauseAllAsync(
        SessionQuery query, OperationOptions? options = null, CancellationToken cancellationToken = default) =>
        StartAsync(SessionVerb.Pause, query, options, cancellationToken);

    /// <summary>A handle of an operation that was started, perhaps elsewhere. Makes no call.</summary>
    public SessionOperation GetOperation(OperationId id) => new(this, id);

    /// <summary>The operations about a namespace or one below it, those that began last first, asked for as they are read.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="actor">Who started them. Default: anybody.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="UnavailableException">They could not be learnt.</exception>
    public async IAsyncEnumerable<OperationSnapshot> ListOperationsAsync(
        SessionNamespace @namespace, Principal? actor = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var request = new ListOperations { Namespace = @namespace, Actor = actor, Limit = OperationPageSize };
        Preflight.Check(request);
        do
        {
            var asked = request;
            var page = await Caller.CallAsync(
                new CallSubject("ListOperations"), () => Grains.Operations().List(asked), static page => page.Refusal, cancellationToken);
            foreach (var operation in page.Operations)
            {
                yield return operation;
            }

            request = request with { After = page.Next };
        }
        while (request.After is not null);
    }

    /// <summary>Which sessions an operation would mean if it were started now. Changes nothing.</summary>
    /// <param name="verb">What they would be told: Close or Pause.</param>
    /// <param name="query">Which sessions; it names a namespace.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="InvalidConfigurationException">What is asked for could not be started; all faults are listed.</exception>
    public async Task<OperationPreview> PreviewAllAsync(SessionVerb verb, SessionQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        Preflight.Check(OperationId.New(), new StartOperation { Verb = verb, Query = query, Actor = Options.Actor });
        var meant = OperationForm.Meant(verb, query, clock.GetUtcNow());
        var counts = await CountAsync(meant, cancellationToken);
        var first = await ListAsync(meant, SessionOrder.OldestFirst, PreviewSize, cancellationToken)
            .Take(PreviewSize)
            .ToArrayAsync(cancellationToken);
        return new OperationPreview(meant, counts, [.. first]);
    }

    private async Task<SessionOperation> StartAsync(
        SessionVerb verb, SessionQuery query, OperationOptions? options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var operation = GetOperation(options?.Id ?? OperationId.New());
        await operation.StartAsync(
            new StartOperation { Verb = verb, Query = query, Actor = options?.Actor ?? Options.Actor, Reason = options?.Reason },
            cancellationToken);
        return operation;
    }
}
