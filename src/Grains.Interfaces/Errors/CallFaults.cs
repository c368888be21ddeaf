using System.Data.Common;
using System.Net.Sockets;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Sessions;

/// <summary>What a failed call says about the command that it carried.</summary>
internal enum FaultKind
{
    /// <summary>Repeating the call would fail in the same way.</summary>
    Final,

    /// <summary>This attempt changed nothing, and a later one may succeed.</summary>
    Transient,

    /// <summary>The command may have been done or not; repeating it under its id tells which.</summary>
    Unknown,
}

/// <summary>An exception of ours that is no <see cref="SessionException"/>, and states its kind itself.</summary>
internal interface IClassifiedFault
{
    /// <summary>What it says about the command.</summary>
    FaultKind Kind { get; }
}

/// <summary>
/// The one place that decides what the exceptions of a call mean, for calls of clients and for calls between grains. Our grains answer
/// with <see cref="SessionException"/> only; everything else comes from Orleans, from the network, or from the storage of another library.
/// </summary>
/// <remarks>
/// A test lists every exception type of Orleans and Npgsql with its kind, so that a type which is new in a later version is classified
/// before that version is used.
/// </remarks>
internal static class CallFaults
{
    // The name under which a client that was disposed is reported. Any other object that is disposed belongs to a silo that stops.
    internal const string DisposedClient = "Sessions.Client.SessionsClient";

    // Thrown by the grain factory, without a call, until the cluster's manifest names a silo that has the grain.
    private const string ImplementationMissing = "Could not find an implementation for interface";

    // A silo answers with it when a message has waited too long for its grain to be placed: the grain has not seen the message.
    private const string ExpiredBeforePlacement = "Message expired before placement";

    /// <summary>
    /// The kind of a fault. A cancellation counts as the cluster's own here: who calls recognizes the cancellation of its own token by
    /// that token, because the exception does not tell.
    /// </summary>
    public static FaultKind KindOf(Exception fault) => fault switch
    {
        SessionException refusal => KindOf(refusal.Error),
        IClassifiedFault classified => classified.Kind,
        OperationCanceledException => StartsWith(fault, ExpiredBeforePlacement) ? FaultKind.Transient : FaultKind.Unknown,
        TimeoutException or SocketException or IOException => FaultKind.Unknown,
        ObjectDisposedException disposed => disposed.ObjectName == DisposedClient ? FaultKind.Final : FaultKind.Unknown,
        DbException error => KindOf(error),

        // An exception of the other side that this side cannot read: it left a silo before our grain was called.
        CodecNotFoundException or UnavailableExceptionFallbackException => FaultKind.Unknown,
        OrleansException => KindOfOrleans(fault),
        AggregateException many => many.InnerExceptions.Select(KindOf).DefaultIfEmpty(FaultKind.Final).Aggregate(Both),
        _ => IsManifestRace(fault) ? FaultKind.Transient : FaultKind.Final,
    };

    /// <summary>The kind of a refusal.</summary>
    public static FaultKind KindOf(SessionError refusal) =>
        refusal.Code != SessionErrorCode.Unavailable ? FaultKind.Final
        : refusal.NothingChanged ? FaultKind.Transient
        : FaultKind.Unknown;

    /// <summary>Whether the cluster has not told yet that it has the grain.</summary>
    public static bool IsManifestRace(Exception fault) => fault is ArgumentException && StartsWith(fault, ImplementationMissing);

    private static FaultKind KindOfOrleans(Exception fault) => fault switch
    {
        // Refused before the grain was called: too many wait for it already, or the gateway takes no more.
        LimitExceededException or GatewayTooBusyException => FaultKind.Transient,

        // Wrong however often it is called.
        GrainExtensionNotInstalledException or GrainReferenceNotBoundException => FaultKind.Final,
        _ => FaultKind.Unknown,
    };

    /// <summary>By the class of the state that the database reports. Without one there was no answer.</summary>
    private static FaultKind KindOf(DbException error) => error.SqlState is not [var first, var second, ..] ? FaultKind.Unknown : (first, second) switch
    {
        // Connection, operator, operating system, the server's own fault: it may have been committed.
        ('0', '8') or ('5', '7') or ('5', '8') or ('X', 'X') => FaultKind.Unknown,

        // Undone because of what others did, for want of room or memory, or because an object was in use.
        ('4', '0') or ('5', '3') or ('5', '5') => FaultKind.Transient,
        _ => FaultKind.Final,
    };

    private static FaultKind Both(FaultKind a, FaultKind b) =>
        a == FaultKind.Final || b == FaultKind.Final ? FaultKind.Final
        : a == FaultKind.Unknown ? a : b;

    private static bool StartsWith(Exception fault, string text) => fault.Message.StartsWith(text, StringComparison.Ordinal);
}
