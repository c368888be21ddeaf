namespace Sessions.Core.Data;

/// <summary>What one more write does to the answers of those before it.</summary>
/// <param name="History">The history after it.</param>
/// <param name="KeepsFirst">Whether the oldest write that is held leaves, and is kept beside.</param>
/// <param name="ForgottenUpTo">Those that are kept beside go up to this version; 0 for none.</param>
internal readonly record struct DataAnswerStep(AnswerHistory History, bool KeepsFirst, long ForgottenUpTo)
{
    /// <param name="history">The history before; null if the session has none.</param>
    /// <param name="count">How many writes are held.</param>
    /// <param name="first">The version of the oldest.</param>
    /// <param name="last">The version of the newest.</param>
    /// <param name="write">The write.</param>
    public static DataAnswerStep Of(AnswerHistory? history, int count, long first, long last, DataWrite write)
    {
        var before = history ?? new AnswerHistory();
        var after = AnswerRules.Record(before, new AnswersHeld(count, first, last, []), write.CommandId.IssuedAt, write.At, write.Window)!;
        return new(
            after,
            count >= DataWrite.Remembered && after.Kept == first,
            before.Kept > 0 && after.Expired > before.Expired ? after.Expired : 0);
    }
}
