namespace Sessions;

/// <summary>Which events somebody wants to see.</summary>
/// <param name="Namespace">Where their sessions live.</param>
/// <param name="IncludeBelow">Whether those of the namespaces below are meant too.</param>
[GenerateSerializer, Immutable, Alias("sessions.EventQuery")]
public sealed record EventQuery([property: Id(0)] SessionNamespace Namespace, [property: Id(1)] bool IncludeBelow)
{
    /// <summary>Whether the events of <paramref name="namespace"/> are meant.</summary>
    internal bool Includes(SessionNamespace @namespace) => IncludeBelow ? Namespace.Contains(@namespace) : Namespace == @namespace;
}
