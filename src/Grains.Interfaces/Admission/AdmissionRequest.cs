namespace Sessions;

/// <summary>What somebody wants to run.</summary>
[GenerateSerializer, Immutable, Alias("sessions.AdmissionRequest")]
public readonly record struct AdmissionRequest
{
    /// <summary>An execution of <paramref name="function"/> that nests in no other.</summary>
    public AdmissionRequest(FunctionName function) => (Function, Permissions) = (function, SessionPermissions.ExecuteFunctions);

    /// <summary>What is to run.</summary>
    [Id(0)]
    public FunctionName Function { get; init; }

    /// <summary>All that the session must permit; at least one.</summary>
    [Id(1)]
    public SessionPermissions Permissions { get; init; }

    /// <summary>In how many others the execution nests; 0 for none. From 1 on ComposeFunctions is needed too.</summary>
    [Id(2)]
    public int Depth { get; init; }
}
