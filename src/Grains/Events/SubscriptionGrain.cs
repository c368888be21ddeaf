using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Storage;
using Sessions.Core;
using Sessions.Core.Events;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Events;

/// <summary>What is kept of a durable subscription.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SubscriptionState")]
internal sealed record SubscriptionState
{
    /// <summary>The subscription; null where there is none, or none any more.</summary>
    [Id(0)]
    public SubscriptionSnapshot? Subscription { get; init; }
}

/// <summary>One durable subscription. The rules are in <see cref="SubscriptionRules"/>.</summary>
[GrainType("session-subscription")]
internal sealed partial class SubscriptionGrain(
    [FromKeyedServices(SessionsServices.GrainStorage)] IGrainStorage storage,
    [FromKeyedServices(SessionsServices.Clock)] TimeProvider time,
    IOptions<SessionsOptions> options,
    IEventLog log,
    ILogger<SubscriptionGrain> logger) : Grain, ISubscriptionGrain
{
    private const int MaxAttempts = 4;

    private GrainStateRecord<SubscriptionState> State => field ??= new(storage, "sessions.subscription", this.GetGrainId());

    public async ValueTask<SubscriptionReply> Open(SubscriptionRequest request)
    {
        var page = await log.ReadLogAsync(null, EventCursor.End, 1, CancellationToken.None);
        return await Advance(kept => SubscriptionRules.Open(
            kept, GrainFactoryExtensions.TenantOf(this.GetPrimaryKeyString()), request, (page.Newest, page.Horizon), time.GetUtcNow()));
    }

    public async ValueTask<SubscriptionReply> Checkpoint(EventCursor cursor, Principal owner)
    {
        var page = await log.ReadLogAsync(null, EventCursor.End, 1, CancellationToken.None);
        return await Advance(kept => SubscriptionRules.Checkpoint(kept, cursor, owner, page.Newest, time.GetUtcNow()));
    }

    public ValueTask<SubscriptionReply> Delete(Principal owner) => Advance(kept => SubscriptionRules.Delete(kept, owner));

    private async ValueTask<SubscriptionReply> Advance(Func<SubscriptionSnapshot?, SubscriptionDecision> decide)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var kept = (await State.ReadAsync()).Subscription;
            var decision = decide(kept);
            if (decision.Refusal is not null || decision.Next == kept)
            {
                return new SubscriptionReply { Subscription = decision.Next, Refusal = decision.Refusal };
            }

            try
            {
                if (await State.TryWriteAsync(new SubscriptionState { Subscription = decision.Next }))
                {
                    return new SubscriptionReply { Subscription = decision.Next };
                }
            }
            catch (StoreOutcomeUnknownException exception)
            {
                LogNotWritten(exception, this.GetPrimaryKeyString());
                throw;
            }
        }

        return new SubscriptionReply
        {
            Refusal = Refusals.Unavailable(null, "Other activations kept changing the subscription; try again.", options.Value.RetryAfter),
        };
    }

    [LoggerMessage(191, LogLevel.Warning, "Subscription {Key}: whether a change was written is not known; it is read again before anything is answered.")]
    private partial void LogNotWritten(Exception exception, string key);
}
