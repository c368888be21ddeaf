namespace Sessions.Client.Tests;

public class ConnectTests
{
    [Fact]
    public async Task Silo_still_starting_Connect_waits_until_it_offers_sessions()
    {
        using var client = new TestClient(new ScriptedGrain(), missing: 5);

        await client.Time.RunAsync(client.Client.ConnectAsync());

        Assert.Equal(6, client.Resolved);
    }

    [Fact]
    public async Task Silo_still_starting_A_call_made_early_is_repeated()
    {
        using var client = new TestClient(new ScriptedGrain(Step.Answer(SessionStatus.Active, 1)), missing: 3);

        var snapshot = await client.SucceedsAsync(client.Handle.GetAsync());

        Assert.Equal(1, snapshot.Version);
        Assert.Equal(4, client.Resolved);
    }

    [Fact]
    public async Task Cluster_that_never_offers_sessions_Connect_gives_up_and_says_what_to_check()
    {
        using var client = new TestClient(
            new ScriptedGrain(), options => options.ConnectTimeout = TimeSpan.FromSeconds(3), missing: int.MaxValue);
        var start = client.Time.GetUtcNow();

        var thrown = await client.FailsWithAsync<UnavailableException>(client.Client.ConnectAsync());

        Assert.InRange(client.Time.GetUtcNow() - start, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3));
        Assert.Contains(SessionsClientOptions.DefaultGateway, thrown.Message, StringComparison.Ordinal);
        Assert.Contains("'sessions'", thrown.Message, StringComparison.Ordinal);
    }
}
