using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Messaging;

namespace Sessions.Client.Tests;

public class RegistrationTests
{
    [Theory]
    [InlineData("localhost", "Gateways")]
    [InlineData("localhost:0", "Gateways")]
    [InlineData("localhost:65536", "Gateways")]
    [InlineData("::1:30000", "Gateways")]
    [InlineData("[localhost]:30000", "Gateways")]
    [InlineData(":30000", "Gateways")]
    [InlineData("a b:30000", "Gateways")]
    [InlineData("", "Gateways")]
    public void Gateway_that_is_no_endpoint_Is_refused_by_name(string gateway, string field)
    {
        var fault = Assert.Single(Validate(options => options.Gateways.Add(gateway)));
        Assert.StartsWith(field, fault, StringComparison.Ordinal);
        Assert.Contains($"'{gateway}'", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:30000")]
    [InlineData("silo-1.acme.example:30001")]
    [InlineData("[::1]:30000")]
    public void Gateway_that_is_an_endpoint_Is_taken(string gateway) => Assert.Empty(Validate(options => options.Gateways.Add(gateway)));

    [Fact]
    public void Everything_wrong_Every_field_is_named_at_once()
    {
        var faults = Validate(options =>
        {
            options.Gateways.Add("nowhere");
            options.ClusterId = "";
            options.ServiceId = "a\0b";
            options.Actor = default;
            options.ConnectTimeout = TimeSpan.Zero;
            options.ResponseTimeout = TimeSpan.FromDays(1);
            options.RetryBudget = TimeSpan.FromSeconds(-1);
            options.Admission = (AdmissionMode)7;
            options.CacheCapacity = 2;
        });

        Assert.Equal(
            ["Actor", "Admission", "CacheCapacity", "ClusterId", "ConnectTimeout", "Gateways", "ResponseTimeout", "RetryBudget", "ServiceId"],
            faults.Select(fault => fault.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Budget_shorter_than_one_call_Is_refused_and_zero_is_not()
    {
        Assert.StartsWith("RetryBudget", Assert.Single(Validate(options => options.RetryBudget = TimeSpan.FromSeconds(1))), StringComparison.Ordinal);
        Assert.Empty(Validate(options => options.RetryBudget = TimeSpan.Zero));
    }

    [Fact]
    public void Defaults_Are_valid() => Assert.Empty(Validate(_ => { }));

    [Fact]
    public async Task Added_twice_There_is_one_client_and_both_settings_apply()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSessionsClient(options => (options.ClusterId, options.ServiceId) = ("one", "x"));
        services.AddSessionsClient(options => options.ClusterId = "two");
        await using var provider = services.BuildServiceProvider();

        Assert.Single(provider.GetServices<SessionsClient>());
        Assert.Single(services, service => service.ServiceType == typeof(IGatewayListProvider));
        var cluster = provider.GetRequiredService<IOptions<ClusterOptions>>().Value;
        Assert.Equal(("two", "x"), (cluster.ClusterId, cluster.ServiceId));
    }

    [Fact]
    public async Task OrleansClientWasAddedBefore_ClientIsAdded_OneConnectionIsStarted()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddOrleansClient(static _ => { });
        services.AddSessionsClient();
        await using var provider = services.BuildServiceProvider();

        Assert.Single(provider.GetServices<IHostedService>(), service => service.GetType().Assembly.GetName().Name!.StartsWith("Orleans", StringComparison.Ordinal) || service is ClusterConnection);
    }

    [Fact]
    public async Task Co_hosted_twice_There_is_one_client_over_the_grain_factory()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IGrainFactory>(_ => throw new InvalidOperationException("the silo's factory was asked for"));
        services.AddCoHostedSessionsClient().AddCoHostedSessionsClient();
        await using var provider = services.BuildServiceProvider();

        Assert.Single(services, service => service.ServiceType == typeof(SessionsClient));
        var thrown = Assert.Throws<InvalidOperationException>(provider.GetRequiredService<SessionsClient>);
        Assert.Equal("the silo's factory was asked for", thrown.Message);
    }

    [Fact]
    public void Both_ways_in_one_container_Are_refused()
    {
        var services = new ServiceCollection().AddSessionsClient();
        Assert.Throws<InvalidOperationException>(() => services.AddCoHostedSessionsClient());
    }

    [Fact]
    public async Task Wrong_settings_Stop_the_start()
    {
        using var host = Build(options => options.Gateways.Add("nowhere"));
        var thrown = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("nowhere", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_at_the_gateway_The_start_gives_up_and_names_the_gateway()
    {
        // A port that was free a moment ago and that nobody listens on.
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var gateway = listener.LocalEndpoint.ToString()!;
        listener.Stop();
        using var host = Build(options =>
        {
            options.Gateways.Add(gateway);
            options.ConnectTimeout = TimeSpan.FromSeconds(1);
        });

        var thrown = await Assert.ThrowsAsync<UnavailableException>(() => host.StartAsync().WaitAsync(TimeSpan.FromSeconds(30)));

        Assert.Contains(gateway, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_stops_The_leases_go_back_before_the_connection_does()
    {
        var grain = new LeasedSessions { Quotas = new() { Executions = 10 } };
        using var client = new TestClient(grain);
        (await client.Handle.AdmitAsync(FunctionName.Parse("f"))).Settle();
        var services = new ServiceCollection().AddSingleton(client.Client).BuildServiceProvider();
        var service = new LeaseReturn(services);

        await service.StartedAsync(CancellationToken.None);
        await service.StoppingAsync(CancellationToken.None);

        Assert.Equal(1, grain.Reported);
    }

    private static IHost Build(Action<SessionsClientOptions> configure)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSessionsClient(configure);
        return builder.Build();
    }

    private static IReadOnlyList<string> Validate(Action<SessionsClientOptions> configure)
    {
        var options = new SessionsClientOptions { Actor = Principal.Parse("tester") };
        configure(options);
        return [.. new SessionsClientOptionsValidator().Validate(null, options).Failures ?? []];
    }
}
