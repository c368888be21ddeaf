using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sessions.Client;
using Sessions.Grains.Provisioning;

namespace Sessions.Testing.Tests;

/// <summary>How the host in memory is set up.</summary>
public sealed class InMemorySessionsTests
{
    private static CreateSessionOptions Creation => new() { Namespace = SessionNamespace.Parse("acme/eval"), Creator = Principal.Parse("alice") };

    [Fact]
    public async Task ClockGiven_SessionCreated_LivesByIt()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2040, 2, 29, 12, 0, 0, TimeSpan.Zero));
        await using var sessions = new InMemorySessions(options => options.Time = clock);

        var session = await sessions.Client.CreateAsync(Creation);
        clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal(new DateTimeOffset(2040, 2, 29, 12, 0, 0, TimeSpan.Zero), session.LastSeen!.RequestedAt);
        Assert.Equal(SessionStatus.Closed, (await session.GetAsync()).Status);
    }

    [Fact]
    public async Task SystemTimeUsed_SessionCreated_LivesByTheMachinesClock()
    {
        await using var sessions = new InMemorySessions(options => options.UseSystemTime = true);

        var before = TimeProvider.System.GetUtcNow();
        var session = await sessions.Client.CreateAsync(Creation);

        Assert.InRange(session.LastSeen!.RequestedAt, before.AddMilliseconds(-1), TimeProvider.System.GetUtcNow());
        await Assert.ThrowsAsync<InvalidOperationException>(() => sessions.AdvanceAsync(TimeSpan.FromHours(1)));
    }

    [Fact]
    public async Task TwoHosts_SessionInOne_UnknownToTheOther()
    {
        await using var one = new InMemorySessions();
        await using var other = new InMemorySessions();

        var session = await one.Client.CreateAsync(Creation);

        await Assert.ThrowsAsync<SessionNotFoundException>(() => other.Client.Get(session.Id).GetAsync());
    }

    [Fact]
    public void SettingsOutOfRange_Made_SaysWhatToChange()
    {
        var wrong = Assert.Throws<OptionsValidationException>(
            () => new InMemorySessions(options => options.ConfigureSessions = sessions => sessions.LeaseDuration = TimeSpan.Zero));

        Assert.Contains("LeaseDuration", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProvisionerFails_Create_CreationFailedSaysWhy()
    {
        await using var sessions = new InMemorySessions(
            options => options.ConfigureServices = services => services.AddSingleton<ISessionProvisioner, FullHouse>());
        var template = await sessions.Client.SetTemplateAsync(TemplateReference.Parse("housed"), new() { Provisioner = "house" });

        var failed = await Assert.ThrowsAsync<CreationFailedException>(
            () => sessions.Client.CreateAsync(Creation with { Template = TemplateReference.Parse(template.Name) }));

        Assert.Contains("no room", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NothingIsDue_Advance_ClockHasMovedThatFar()
    {
        await using var sessions = new InMemorySessions();
        var before = sessions.Time.GetUtcNow();

        await sessions.AdvanceAsync(TimeSpan.FromDays(365));

        Assert.Equal(TimeSpan.FromDays(365), sessions.Time.GetUtcNow() - before);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => sessions.AdvanceAsync(TimeSpan.FromTicks(-1)));
    }

    private sealed class FullHouse : ISessionProvisioner
    {
        public string Name => "house";

        public Task PrepareAsync(SessionSnapshot session, CancellationToken cancellationToken) => throw new InvalidOperationException("no room");

        public Task ActivateAsync(SessionSnapshot session, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task ReleaseAsync(SessionSnapshot session, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
