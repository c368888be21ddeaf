using System.Net.Sockets;
using Orleans.Runtime;
using Orleans.Runtime.Messaging;

namespace Sessions.Client;

/// <summary>Tells the failures after which nobody knows whether the command was done, and repeating it is right.</summary>
internal static class UnknownOutcome
{
    // Thrown by the grain factory, without a call, until the cluster's manifest names a silo that has the grain.
    private const string ImplementationMissing = "Could not find an implementation for interface";

    public static bool Is(Exception fault) => fault switch
    {
        SessionException refusal => refusal.Code == SessionErrorCode.Unavailable,
        TimeoutException => true,
        OrleansMessageRejectionException or SiloUnavailableException or GatewayTooBusyException => true,
        ClientNotAvailableException or ConnectionFailedException => true,
        SocketException or IOException => true,
        _ => IsManifestRace(fault),
    };

    public static bool IsManifestRace(Exception fault) =>
        fault is ArgumentException && fault.Message.StartsWith(ImplementationMissing, StringComparison.Ordinal);
}
