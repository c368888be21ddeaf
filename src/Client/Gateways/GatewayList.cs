using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Messaging;
using Orleans.Runtime;

namespace Sessions.Client;

/// <summary>
/// Tells Orleans the gateways: those that the options name, looked up each time because a container that comes back has another address, and
/// those that the cluster has named, without the ones that are left alone.
/// </summary>
internal sealed partial class GatewayList(
    IOptions<SessionsClientOptions> options, GatewayLinks links, TimeProvider time, ILogger<GatewayList> logger) : IGatewayListProvider
{
    /// <summary>How often Orleans asks for the list.</summary>
    public static readonly TimeSpan RefreshPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How long a gateway may take to accept a connection. Calls wait for that.</summary>
    public static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan LookUpPeriod = TimeSpan.FromSeconds(10);

    private volatile Known known = new([], null);
    private ImmutableHashSet<IPEndPoint> learned = [];

    /// <summary>How long Orleans leaves a gateway out to which it could not connect.</summary>
    public TimeSpan MaxStaleness => TimeSpan.FromSeconds(10);

    public bool IsUpdatable => true;

    /// <summary>How many gateways are known.</summary>
    public int Count => Math.Max(1, All().Length);

    public Task InitializeGatewayListProvider() => Task.CompletedTask;

    public async Task<IList<Uri>> GetGateways()
    {
        if (known.At is not { } then || !links.All.Any() || time.GetElapsedTime(then) >= LookUpPeriod)
        {
            known = new([.. await ResolveAsync()], time.GetTimestamp());
        }

        return [.. links.Among(All()).Select(endpoint => endpoint.ToGatewayUri())];
    }

    /// <summary>
    /// Takes what the cluster says. It counts only where every gateway that is named and answers is among it: otherwise the names lead
    /// through mapped ports, and the nodes' own addresses may lead nowhere, or to the same gateways a second time.
    /// </summary>
    public void Learn(GatewayAddresses addresses)
    {
        var said = ImmutableHashSet.CreateRange(addresses.Endpoints.Select(text => IPEndPoint.TryParse(text, out var endpoint) ? endpoint : null).OfType<IPEndPoint>());
        var isDirect = links.All.Select(link => link.Endpoint).Where(known.Named.Contains).All(said.Contains);
        learned = isDirect ? said : [];
    }

    internal static IEnumerable<GatewayEndpoint> Named(SessionsClientOptions options)
    {
        foreach (var text in options.Gateways.DefaultIfEmpty(SessionsClientOptions.DefaultGateway))
        {
            if (GatewayEndpoint.TryParse(text, out var endpoint))
            {
                yield return endpoint;
            }
        }
    }

    /// <summary>While the cluster answers it is known which gateways there are. One that is named and not among them is gone.</summary>
    private ImmutableArray<IPEndPoint> All() =>
        Volatile.Read(ref learned) is { IsEmpty: false } there && links.All.Any() ? [.. there] : [.. known.Named.Union(learned)];

    private async Task<IReadOnlyList<IPEndPoint>> ResolveAsync()
    {
        var found = new List<IPEndPoint>();
        foreach (var gateway in Named(options.Value))
        {
            try
            {
                found.AddRange(await gateway.ResolveAsync());
            }
            catch (SocketException fault)
            {
                // One name that is gone must not hide the others.
                LogNameNotFound(gateway.Host, fault.Message);
            }
        }

        return found;
    }

    /// <param name="Named">What the options name, as addresses.</param>
    /// <param name="At">When the names were looked up; null if they were not.</param>
    private sealed record Known(ImmutableHashSet<IPEndPoint> Named, long? At);
}
