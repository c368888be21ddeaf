namespace Sessions.Grains.Storage.Copy;

/// <summary>A session on its way from one store to another, with the columns that stores keep beside its body.</summary>
/// <param name="Id">The session.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Creator">Who made it.</param>
/// <param name="Status">Its state.</param>
/// <param name="Version">Its version.</param>
/// <param name="Template">The reference of its template; null if it has none.</param>
/// <param name="RequestedAt">When it was requested, in whole microseconds like the instants after it.</param>
/// <param name="EndsAt">When it ended or will end.</param>
/// <param name="DueAt">When a sweep has to look at it.</param>
/// <param name="Epoch">The epoch of the activation that may grant; null while none may.</param>
/// <param name="DataBytes">How many bytes its data takes.</param>
/// <param name="DataVersion">How often its data was changed.</param>
/// <param name="DataLimit">How many bytes its data may take; null for the default.</param>
/// <param name="DataWrites">The tokens of the last writes of data, oldest first.</param>
/// <param name="DataWritesMade">The versions that these writes made.</param>
/// <param name="DataHistory">What is known of earlier writes, as numbers; null if nothing is.</param>
/// <param name="Body">The record, in the stored form of all stores.</param>
internal sealed record CopiedSession(
    SessionId Id,
    string Namespace,
    string Creator,
    SessionStatus Status,
    long Version,
    string? Template,
    DateTimeOffset RequestedAt,
    DateTimeOffset? EndsAt,
    DateTimeOffset? DueAt,
    long? Epoch,
    long DataBytes,
    long DataVersion,
    long? DataLimit,
    Guid[]? DataWrites,
    long[]? DataWritesMade,
    long?[]? DataHistory,
    string Body);

/// <summary>An answer to a command that is kept beside the record of its session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Command">The command's UUID.</param>
/// <param name="Version">The version that it made.</param>
/// <param name="Content">The hash of what it said.</param>
/// <param name="Verb">What it did.</param>
internal sealed record CopiedAnswer(SessionId Session, Guid Command, long Version, long Content, SessionVerb Verb);

/// <summary>A write of data that is kept beside the last ones.</summary>
/// <param name="Session">The session.</param>
/// <param name="Token">Tells it from others.</param>
/// <param name="Version">The data version that it made.</param>
internal sealed record CopiedDataAnswer(SessionId Session, Guid Token, long Version);

/// <summary>A label of a session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Text">Key and value.</param>
/// <param name="RequestedAt">When the session was requested.</param>
/// <param name="Folded">What text is looked for in.</param>
internal sealed record CopiedLabel(SessionId Session, string Text, DateTimeOffset RequestedAt, string Folded);

/// <summary>A logged execution of a session.</summary>
/// <param name="Session">The session.</param>
/// <param name="Execution">The execution.</param>
internal sealed record CopiedExecution(SessionId Session, ExecutionRecord Execution);

/// <summary>A value of a session's data.</summary>
/// <param name="Space">The space of the session.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The data version that the value was put at.</param>
/// <param name="Value">The value.</param>
internal sealed record CopiedValue(string Space, string Key, long Version, byte[] Value);

/// <summary>One version of a policy.</summary>
/// <param name="Namespace">Where it holds.</param>
/// <param name="Version">Its version.</param>
/// <param name="Revision">Its place among the changes of all policies.</param>
/// <param name="SetAt">When it was set.</param>
/// <param name="SetBy">Who set it.</param>
/// <param name="Reason">Why; null if that was not said.</param>
/// <param name="Body">The definition, in JSON.</param>
/// <param name="Answers">The answers to the commands that set it, in JSON; null for none.</param>
internal sealed record CopiedPolicy(
    string Namespace, long Version, long Revision, DateTimeOffset SetAt, string SetBy, string? Reason, string Body, string? Answers);

/// <summary>The counter of live sessions of a namespace.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Maximum">The most that may be live.</param>
/// <param name="Live">How many are.</param>
internal sealed record CopiedLimit(string Namespace, long Maximum, long Live);

/// <summary>An operation over many sessions.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Namespace">Where its sessions are.</param>
/// <param name="Actor">Who began it.</param>
/// <param name="Version">Its version.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="TouchedAt">When it was written last.</param>
/// <param name="EndedAt">When it ended; null while it runs.</param>
/// <param name="Body">The record, in JSON.</param>
internal sealed record CopiedOperation(
    string Id,
    string Namespace,
    string Actor,
    long Version,
    DateTimeOffset StartedAt,
    DateTimeOffset TouchedAt,
    DateTimeOffset? EndedAt,
    string Body);

/// <summary>What Orleans keeps for a grain that is not a session.</summary>
/// <param name="Service">The service that it belongs to.</param>
/// <param name="State">The name of the state.</param>
/// <param name="Grain">The grain.</param>
/// <param name="Payload">The state as its serializer wrote it.</param>
internal sealed record CopiedGrainState(string Service, string State, GrainId Grain, byte[] Payload);
