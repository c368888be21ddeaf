using Orleans;
using Sessions.Client;

namespace Sessions.Cluster.Tests;

/// <summary>A grain of a service that runs its work in sessions.</summary>
[Alias("sessions.tests.ISampleScoringGrain")]
public interface ISampleScoringGrain : IGrainWithIntegerKey
{
    /// <summary>Runs in the caller's session.</summary>
    /// <returns>How deep it nested.</returns>
    [Alias("Score"), RequiresSession(SessionPermissions.ExecuteFunctions)]
    Task<int> Score(string text);

    /// <summary>Has another of these grains score, in the same session.</summary>
    [Alias("ScoreTwice"), RequiresSession(SessionPermissions.ExecuteFunctions, Function = "score-twice")]
    Task<int> ScoreTwice(string text);

    /// <summary>Anybody may ask this.</summary>
    [Alias("Describe")]
    Task<string> Describe();
}

public sealed class SampleScoringGrain : Grain, ISampleScoringGrain
{
    public Task<int> Score(string text) => text.Length == 0
        ? throw new FormatException("nothing to score")
        : Task.FromResult(Client.SessionContext.Current!.Depth);

    public Task<int> ScoreTwice(string text) =>
        GrainFactory.GetGrain<ISampleScoringGrain>(this.GetPrimaryKeyLong() + 1).Score(text);

    public Task<string> Describe() => Task.FromResult("scores");
}
