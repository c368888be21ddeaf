using System.Collections.Concurrent;

namespace Sessions.Cluster.Tests;

/// <summary>Counts the calls that sessions have answered, so that a test can wait until one has been dealt with that it did not make itself.</summary>
public sealed class CallCounter : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<(string Grain, string Method), int> answered = new();

    public int Answered(SessionId id, string method) => answered.GetValueOrDefault((id.ToString(), method));

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        finally
        {
            answered.AddOrUpdate((context.TargetId.Key.ToString()!, context.MethodName), 1, (_, before) => before + 1);
        }
    }
}
