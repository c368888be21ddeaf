using Sessions.Core;
using Sessions.Grains.Hosting;

namespace Sessions.Benchmarks.Creations;

/// <inheritdoc cref="IStockSessionGrain"/>
[GrainType("benchmarks.stock-session")]
internal sealed class StockSessionGrain(
    [PersistentState("session", SessionsServices.GrainStorage)] IPersistentState<SessionRecord> state) : Grain, IStockSessionGrain
{
    public ValueTask<SessionReply> Create(CreateSession command) => Execute(command);

    public ValueTask<SessionReply> Activate(ActivateSession command) => Execute(command);

    private async ValueTask<SessionReply> Execute(SessionCommand command)
    {
        var decision = SessionRules.Decide(
            SessionId.Parse(this.GetPrimaryKeyString()),
            state.RecordExists ? state.State : null,
            command,
            new DecisionFacts { Now = TimeProvider.System.GetUtcNow() });
        if (decision.Next is not { } next)
        {
            return new SessionReply { Refusal = decision.Refusal };
        }

        state.State = next;
        await state.WriteStateAsync();
        return new SessionReply { Snapshot = next.ToSnapshot(), Version = next.Version };
    }
}
