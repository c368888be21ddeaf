namespace Sessions.Client.Tests;

/// <summary>A search that answers as it is told, and remembers what it was asked.</summary>
internal sealed class ScriptedSearch : ISessionSearchGrain
{
    public Queue<SessionPage> Pages { get; } = new();

    public Queue<SessionCount> Counts { get; } = new();

    public List<ListSessions> Listed { get; } = [];

    public List<CountSessions> Counted { get; } = [];

    public ValueTask<SessionPage> List(ListSessions request)
    {
        Listed.Add(request);
        return new(Pages.Dequeue());
    }

    public ValueTask<SessionCount> Count(CountSessions request)
    {
        Counted.Add(request);
        return new(Counts.Dequeue());
    }
}
