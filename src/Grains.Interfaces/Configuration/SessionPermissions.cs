using System.Text.Json.Serialization;
using Sessions.Json;

namespace Sessions;

/// <summary>What executions in a session may do. Zero permits nothing.</summary>
[Flags, GenerateSerializer, Alias("sessions.SessionPermissions")]
[JsonConverter(typeof(PermissionsJsonConverter))]
public enum SessionPermissions
{
    /// <summary>Nothing may run.</summary>
    None = 0,

    /// <summary>Functions may be executed.</summary>
    ExecuteFunctions = 1,

    /// <summary>An execution may start nested ones.</summary>
    ComposeFunctions = 2,

    /// <summary>Other sessions' data may be read, where their rules agree.</summary>
    ReadCrossSession = 4,

    /// <summary>Other sessions' data may be written, where their rules agree.</summary>
    WriteCrossSession = 8,

    /// <summary>Every permission there is.</summary>
    All = ExecuteFunctions | ComposeFunctions | ReadCrossSession | WriteCrossSession,
}
