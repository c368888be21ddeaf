using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sessions.Core.Ownership;
using Sessions.Grains.Hosting;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Ownership;

/// <summary>
/// Asks the store for the versions of sessions, on behalf of all activations of the silo. At most one question is under way; it carries
/// every session that waited when it was sent, and who asks for one of them meanwhile shares its answer.
/// </summary>
internal sealed partial class VersionLooks(
    ISessionStore store, [FromKeyedServices(SessionsServices.Clock)] TimeProvider time, ILogger<VersionLooks> logger)
{
    private const int MostInOneQuestion = 5_000;

    private readonly Lock gate = new();
    private Dictionary<SessionId, Answer> waiting = [];
    private Dictionary<SessionId, Answer> asked = [];
    private bool isAsking;

    /// <summary>How long the store may take for a question.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What the store holds of a session.</summary>
    /// <exception cref="StoreUnavailableException">The store did not answer in time.</exception>
    public Task<VersionLook> LookAsync(SessionId id)
    {
        lock (gate)
        {
            if (asked.TryGetValue(id, out var answer) || waiting.TryGetValue(id, out answer))
            {
                return answer.Task;
            }

            answer = new Answer();
            waiting.Add(id, answer);
            if (!isAsking)
            {
                isAsking = true;

                // The questions are everybody's and must carry nothing of the caller who happened to come first.
                using (ExecutionContext.SuppressFlow())
                {
                    _ = Task.Run(AskAllAsync, CancellationToken.None);
                }
            }

            return answer.Task;
        }
    }

    private async Task AskAllAsync()
    {
        while (Take() is { Count: > 0 } some)
        {
            var sentAt = time.GetTimestamp();
            try
            {
                var found = await AskAsync(some.Keys);
                Finish();
                foreach (var (id, answer) in some)
                {
                    answer.SetResult(new VersionLook(found.GetValueOrDefault(id), sentAt));
                }
            }
#pragma warning disable CA1031 // Whatever it is, those who wait are to hear it, and the next question is to be asked.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogNotLooked(exception, some.Count);
                Finish();
                foreach (var answer in some.Values)
                {
                    answer.SetException(exception);
                }
            }
        }
    }

    private async Task<IReadOnlyDictionary<SessionId, StoredVersions>> AskAsync(IReadOnlyCollection<SessionId> ids)
    {
        // By the machine's clock: how patient callers are has nothing to do with the sessions' own time.
        using var patience = new CancellationTokenSource(Deadline, TimeProvider.System);
        try
        {
            return await store.ReadVersionsAsync(ids, patience.Token).AsTask().WaitAsync(patience.Token);
        }
        catch (OperationCanceledException exception)
        {
            throw new StoreUnavailableException($"The store did not answer within {Deadline.TotalSeconds} s.", exception);
        }
    }

    private Dictionary<SessionId, Answer> Take()
    {
        lock (gate)
        {
            if (waiting.Count <= MostInOneQuestion)
            {
                (asked, waiting) = (waiting, []);
            }
            else
            {
                asked = waiting.Take(MostInOneQuestion).ToDictionary();
                foreach (var id in asked.Keys)
                {
                    waiting.Remove(id);
                }
            }

            isAsking = asked.Count > 0;
            return asked;
        }
    }

    /// <summary>Before the answers are given: who hears one and asks again is to get a new one.</summary>
    private void Finish()
    {
        lock (gate)
        {
            asked = [];
        }
    }

    [LoggerMessage(172, LogLevel.Warning, "The versions of {Count} sessions could not be read; their callers got Unavailable.")]
    private partial void LogNotLooked(Exception exception, int count);

    // Asynchronously, because one answer must not run the code of those who wait for it before the next is given.
    private sealed class Answer() : TaskCompletionSource<VersionLook>(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What a look found.</summary>
/// <param name="Found">What the store held; nothing if there is no such session.</param>
/// <param name="SentAt">When the question was sent, in timestamps of the sessions' clock.</param>
internal readonly record struct VersionLook(StoredVersions Found, long SentAt);
