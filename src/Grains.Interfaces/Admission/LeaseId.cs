namespace Sessions;

/// <summary>Names the account that a session keeps for one holder. The holder draws it.</summary>
[GenerateSerializer, Immutable, Alias("sessions.LeaseId")]
public readonly record struct LeaseId
{
    [Id(0)]
    private readonly Guid value;

    private LeaseId(Guid value) => this.value = value;

    /// <summary>True for the default value, which is refused.</summary>
    public bool IsDefault => value == Guid.Empty;

    /// <summary>Draws a new id from the operating system's generator.</summary>
    public static LeaseId New() => new(Guid.NewGuid());

    /// <inheritdoc/>
    public override string ToString() => value.ToString();
}
