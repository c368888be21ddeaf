namespace Sessions;

/// <summary>An event with its place in the log of all sessions.</summary>
/// <param name="Cursor">Where to go on after it.</param>
/// <param name="Event">What happened.</param>
[GenerateSerializer, Immutable, Alias("sessions.LoggedEvent")]
public sealed record LoggedEvent([property: Id(0)] EventCursor Cursor, [property: Id(1)] SessionEvent Event);
