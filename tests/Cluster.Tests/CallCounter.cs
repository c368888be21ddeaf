using System.Collections.Concurrent;

namespace Sessions.Cluster.Tests;

/// <summary>Counts the calls that reach grains, so that a test can wait for one that it did not make itself, or whose turn has begun.</summary>
public sealed class CallCounter : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<(string Grain, string Method), int> begun = new();
    private readonly ConcurrentDictionary<(string Grain, string Method), int> answered = new();

    /// <summary>How many calls of a method have come to a session's grain.</summary>
    public int Begun(SessionId id, string method) => begun.GetValueOrDefault((id.ToString(), method));

    /// <summary>How many of them it has answered.</summary>
    public int Answered(SessionId id, string method) => answered.GetValueOrDefault((id.ToString(), method));

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var call = (context.TargetId.Key.ToString()!, context.MethodName);
        begun.AddOrUpdate(call, 1, (_, before) => before + 1);
        try
        {
            await context.Invoke();
        }
        finally
        {
            answered.AddOrUpdate(call, 1, (_, before) => before + 1);
        }
    }
}
