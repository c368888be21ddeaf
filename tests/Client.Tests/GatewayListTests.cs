using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace Sessions.Client.Tests;

/// <summary>Which gateways Orleans is told.</summary>
public sealed class GatewayListTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly GatewayLinks links;
    private readonly SessionsClientOptions options = new() { Gateways = { "10.0.0.1:30000" } };
    private readonly GatewayList list;

    public GatewayListTests()
    {
        links = new GatewayLinks(time, NullLogger<GatewayLinks>.Instance);
        list = new GatewayList(Options.Create(options), links, time, NullLogger<GatewayList>.Instance);
    }

    public void Dispose() => links.Dispose();

    [Fact]
    public async Task OneGatewayIsNamed_ClusterNamesThree_AllAreUsed()
    {
        await ConnectAsync("10.0.0.1:30000");

        list.Learn(Said("10.0.0.1:30000", "10.0.0.2:30000", "[fd00::3]:30000"));

        Assert.Equal(["10.0.0.1:30000", "10.0.0.2:30000", "[fd00::3]:30000"], await GatewaysAsync());
    }

    [Fact]
    public async Task NodesMoved_ClusterNamesOthers_ThoseThatAreGoneAreNoMoreUsed()
    {
        options.Gateways.Add("10.0.0.9:30000");
        await ConnectAsync("10.0.0.1:30000");

        list.Learn(Said("10.0.0.1:30000", "10.0.0.2:30000"));

        Assert.Equal(["10.0.0.1:30000", "10.0.0.2:30000"], await GatewaysAsync());
    }

    /// <summary>Otherwise the client would open a second connection to the same gateway under another address, which takes the answers of the first.</summary>
    [Fact]
    public async Task GatewayIsReachedAtAnotherAddressThanItsNodeSays_WhatTheClusterNamesIsNotUsed()
    {
        await ConnectAsync("10.0.0.1:30000");

        list.Learn(Said("172.17.0.2:30000", "172.17.0.3:30000"));

        Assert.Equal(["10.0.0.1:30000"], await GatewaysAsync());
    }

    [Fact]
    public async Task ConnectionsAreLost_NamedGatewaysAreUsedAgain()
    {
        var link = await ConnectAsync("10.0.0.1:30000");
        list.Learn(Said("10.0.0.1:30000", "10.0.0.2:30000"));
        options.Gateways.Add("10.0.0.9:30000");

        links.Close(link);

        Assert.Equal(["10.0.0.1:30000", "10.0.0.2:30000", "10.0.0.9:30000"], await GatewaysAsync());
    }

    [Fact]
    public async Task NameOfThisMachine_IsOneGateway()
    {
        options.Gateways.Clear();
        options.Gateways.Add("localhost:30000");

        Assert.Equal(["127.0.0.1:30000"], await GatewaysAsync());
    }

    private static GatewayAddresses Said(params string[] endpoints) => new() { Endpoints = [.. endpoints] };

    private async Task<GatewayLink> ConnectAsync(string gateway)
    {
        await list.GetGateways();
        var link = new GatewayLink(IPEndPoint.Parse(gateway), context: null, time);
        time.Advance(TimeSpan.FromTicks(1));
        link.OnHeard();
        links.Open(link);
        return link;
    }

    private async Task<IEnumerable<string>> GatewaysAsync() =>
        (await list.GetGateways()).Select(uri => uri.ToGatewayAddress()!.Endpoint.ToString()).Order(StringComparer.Ordinal);
}
