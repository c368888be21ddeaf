namespace Sessions;

/// <summary>How an execution ended.</summary>
[GenerateSerializer, Alias("sessions.ExecutionOutcome")]
public enum ExecutionOutcome : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>It returned.</summary>
    Succeeded = 1,

    /// <summary>It threw.</summary>
    Failed = 2,

    /// <summary>It was cancelled, and heeded that.</summary>
    Cancelled = 3,

    /// <summary>Nobody reported its end: its holder is gone, or it did not heed its cancellation.</summary>
    Abandoned = 4,
}
