namespace Sessions.Client;

/// <summary>
/// One admitted execution whose end its holder reports by itself. A small value, copied freely: whichever copy settles first
/// settles it. Until then it holds its place; one that outlives its lease by another lease's length is abandoned.
/// </summary>
public readonly struct Execution : IEquatable<Execution>
{
    private readonly ExecutionSlot? slot;
    private readonly long begun;

    internal Execution(ExecutionSlot slot, long begun) => (this.slot, this.begun) = (slot, begun);

    /// <summary>Whether it has been admitted and has not ended.</summary>
    public bool IsRunning => slot is not null && slot.State == begun;

    internal ExecutionSlot? Slot => slot;

    /// <summary>Reports the end.</summary>
    /// <param name="outcome">Succeeded, Failed, Cancelled, or Abandoned where nobody knows.</param>
    /// <exception cref="ExecutionNotFoundException">It has been settled or abandoned before, or was never admitted; nothing is counted.</exception>
    /// <exception cref="InvalidConfigurationException">The outcome is none of those.</exception>
    public void Settle(ExecutionOutcome outcome = ExecutionOutcome.Succeeded)
    {
        if (!TrySettle(outcome))
        {
            throw SessionException.From(new SessionError
            {
                Code = SessionErrorCode.ExecutionNotFound,
                Message = "This execution does not run: it was settled or abandoned before, or never admitted.",
            });
        }
    }

    /// <summary>Reports the end; false if that has happened before.</summary>
    /// <inheritdoc cref="Settle" path="/param"/>
    /// <exception cref="InvalidConfigurationException">The outcome is not one.</exception>
    public bool TrySettle(ExecutionOutcome outcome = ExecutionOutcome.Succeeded)
    {
        if (outcome is < ExecutionOutcome.Succeeded or > ExecutionOutcome.Abandoned)
        {
            throw SessionException.From(SessionError.InvalidConfiguration(
                null, [new("outcome", $"is {(int)outcome}, and not the outcome of an execution")]));
        }

        return LocalLease.TrySettle(slot, begun, outcome);
    }

    /// <inheritdoc/>
    public bool Equals(Execution other) => slot == other.slot && begun == other.begun;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Execution other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(slot, begun);

    /// <summary>Whether both are the same execution.</summary>
    public static bool operator ==(Execution left, Execution right) => left.Equals(right);

    /// <summary>Whether they are different executions.</summary>
    public static bool operator !=(Execution left, Execution right) => !left.Equals(right);
}
