namespace Sessions;

/// <summary>Names one holder of leases, that is one client in one process, for as long as the process lives.</summary>
[GenerateSerializer, Immutable, Alias("sessions.HolderId")]
public readonly record struct HolderId
{
    [Id(0)]
    private readonly Guid value;

    private HolderId(Guid value) => this.value = value;

    /// <summary>True for the default value, which is refused.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static HolderId New() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}
