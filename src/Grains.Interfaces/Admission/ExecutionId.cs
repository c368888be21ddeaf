namespace Sessions;

/// <summary>Names one execution that is admitted by a call of its own. The caller draws it, so that asking again is safe.</summary>
[GenerateSerializer, Immutable, Alias("sessions.ExecutionId")]
public readonly record struct ExecutionId
{
    [Id(0)]
    private readonly Guid value;

    private ExecutionId(Guid value) => this.value = value;

    /// <summary>True for the default value, which is refused.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static ExecutionId New() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}
