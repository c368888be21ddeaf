using System.Net.Sockets;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Sessions.Client;

/// <summary>Tells the failures after which nobody knows whether the command was done, and repeating it is right.</summary>
internal static class UnknownOutcome
{
    // Thrown by the grain factory, without a call, until the cluster's manifest names a silo that has the grain.
    private const string ImplementationMissing = "Could not find an implementation for interface";

    // A silo under load answers with it when a message has waited for the placement of its grain for too long. Any other cancellation
    // has another cause and is passed on.
    private const string ExpiredBeforePlacement = "Message expired";

    public static bool Is(Exception fault) => fault switch
    {
        SessionException refusal => refusal.Code == SessionErrorCode.Unavailable,
        TimeoutException => true,
        SocketException or IOException => true,
        OperationCanceledException => fault.Message.StartsWith(ExpiredBeforePlacement, StringComparison.Ordinal),

        // Our grains let nothing leave a call but SessionException. What else comes is Orleans's own: a grain that could not be
        // activated, whose reason the client may not even be able to read.
        OrleansException or CodecNotFoundException => true,
        _ => IsManifestRace(fault),
    };

    public static bool IsManifestRace(Exception fault) =>
        fault is ArgumentException && fault.Message.StartsWith(ImplementationMissing, StringComparison.Ordinal);
}
