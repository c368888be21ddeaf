using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Sessions.Client;

/// <summary>
/// Looks after the connections: when one is silent although something was sent over it, all gateways are asked a question that each of them
/// answers at once. One that does not, while another one does, is left. So a slow call is not taken for a gateway that stands still.
/// </summary>
internal sealed partial class GatewayWatch(
    GatewayLinks links, GatewayList list, ClusterConnection connection, IGrainFactory grains, TimeProvider time, ILogger<GatewayWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly GatewayRound round = new(links, time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (round.Step())
            {
                AskAll();
            }
        }
    }

    /// <summary>Questions to a stateless worker go to the gateways in turn; twice as many as there are miss none because of others in between.</summary>
    private void AskAll()
    {
        if (!connection.IsConnected)
        {
            return;
        }

        for (var i = 0; i < 2 * list.Count; i++)
        {
            _ = AskAsync();
        }
    }

    private async Task AskAsync()
    {
        try
        {
            list.Learn(await grains.GetGateways().List());
        }
        catch (Exception fault)
        {
            // The round tells by the connections who answers; and a node of an older release does not know the question.
            LogNotLearned(fault.Message);
        }
    }

    [LoggerMessage(EventId = 13, Level = LogLevel.Debug, Message = "A question to the gateways was not answered: {Fault}")]
    private partial void LogNotLearned(string fault);
}
