using System.Net.Sockets;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Runtime.MembershipService;
using Sessions.Grains.Ownership;
using Sessions.Grains.Storage;
using Sessions.Silo.Settings;

namespace Sessions.Silo;

/// <summary>What a node that could not start or go on says, and the code that it ends with.</summary>
internal sealed record NodeEnd(int ExitCode, IReadOnlyCollection<string> Lines)
{
    public static NodeEnd Of(Exception exception)
    {
        // The cause may stand behind what the host, the runtime or a provider made of it.
        foreach (var cause in CausesOf(exception))
        {
            switch (cause)
            {
                case OperationCanceledException when cause == exception:
                    return new(ExitCodes.Stopped, ["The node was stopped while it started."]);
                case InvalidSettingsException invalid:
                    return OfSettings(invalid.Faults);
                case OptionsValidationException invalid:
                    return OfSettings(invalid.Failures);
                case InvalidDataException or FormatException when cause == exception:
                    // A file of settings that cannot be read.
                    return OfSettings([exception.InnerException is { } inner ? $"{exception.Message} {inner.Message}" : exception.Message]);
                case ClockWrongException wrong:
                    return new(ExitCodes.Outside, [OneLine($"The node does not start: {wrong.Message}")]);
                case StoreUnavailableException unavailable:
                    return new(ExitCodes.Outside, [OneLine($"The store cannot be used: {unavailable.Message}")]);
                case OrleansClusterConnectivityCheckFailedException unreachable:
                    return new(ExitCodes.Outside, [OneLine($"The cluster cannot be joined: {unreachable.Message} Start the node again: if those nodes are gone, the next start finds them gone.")]);
                case NpgsqlException database:
                    return new(ExitCodes.Outside, [OneLine($"The database cannot be used: {database.Message}")]);
                case SocketException network:
                    return new(ExitCodes.Outside, [OneLine($"The network cannot be used: {network.Message}")]);
            }
        }

        return new(ExitCodes.Failed, [$"The node failed unexpectedly: {exception}"]);
    }

    private static NodeEnd OfSettings(IEnumerable<string> faults) =>
        new(ExitCodes.Configuration, [.. faults.Distinct().Select(fault => OneLine($"Invalid configuration: {fault}"))]);

    private static IEnumerable<Exception> CausesOf(Exception exception) => exception switch
    {
        AggregateException several => several.InnerExceptions.SelectMany(CausesOf).Prepend(exception),
        { InnerException: { } inner } => CausesOf(inner).Prepend(exception),
        _ => [exception],
    };

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
