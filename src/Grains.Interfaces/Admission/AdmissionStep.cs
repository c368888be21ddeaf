namespace Sessions;

/// <summary>What an admission is judged by. The numbers are not the order of judging; <see cref="AdmissionDecision.Trace"/> has that.</summary>
[GenerateSerializer, Alias("sessions.AdmissionStep")]
public enum AdmissionStep : byte
{
    /// <summary>Not a value; refused.</summary>
    Invalid = 0,

    /// <summary>The session is active.</summary>
    Status = 1,

    /// <summary>Its time is not up.</summary>
    Expiry = 2,

    /// <summary>Its permissions include what is wanted.</summary>
    Permission = 3,

    /// <summary>A pattern has the function's name.</summary>
    Function = 4,

    /// <summary>The chain of nested executions is not too long.</summary>
    Depth = 5,

    /// <summary>Executions are left.</summary>
    Executions = 6,

    /// <summary>Another one may run at this moment.</summary>
    Concurrent = 7,

    /// <summary>Another one may start in this second.</summary>
    PerSecond = 8,

    /// <summary>Compute time is left.</summary>
    ComputeTime = 9,

    /// <summary>The namespace's policy permits it.</summary>
    Policy = 10,
}
