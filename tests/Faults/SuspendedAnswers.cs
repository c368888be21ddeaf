using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using Orleans;
using Sessions.Client;
using Sessions.TestKit;

namespace Sessions.Faults;

/// <summary>
/// What a node answers that was suspended while it held sessions, after another one has taken them over and changed them. Every question
/// is sent after the changes have returned, through the suspended node's own gateway, by a caller that has seen nothing of them.
/// </summary>
/// <param name="Wrong">Answers from a state that was over.</param>
/// <param name="Right">How many answers were true.</param>
/// <param name="Unanswered">How many questions got no answer, or that there is none now.</param>
/// <param name="Lasted">How long the node went on.</param>
internal sealed record SuspendedAnswers(IReadOnlyCollection<string> Wrong, int Right, int Unanswered, TimeSpan Lasted)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly AdmissionRequest Execution = new(FunctionName.Parse("score"));
    private static readonly Principal Alice = Principal.Parse("alice");
    private static readonly DataKey Key = DataKey.Parse("key");

    /// <summary>The ways to change a session, each with what is true of it afterwards.</summary>
    private static readonly Func<SessionHandle, Task<Subject>>[] Kinds =
        [PausedAsync, ClosedAsync, RenewedAsync, ResumedAsync, PausedAgainAsync, WithDataAsync];

    /// <summary>Suspends a node that holds sessions, has another one change them, and asks the node until it has ended.</summary>
    /// <param name="stale">The node that is suspended.</param>
    /// <param name="other">The node that takes over.</param>
    public static async Task<SuspendedAnswers> AskAsync(SiloProcess stale, SiloProcess other)
    {
        await using var atStale = await GatewayClient.ConnectAsync(stale.Gateway);
        await using var atOther = await GatewayClient.ConnectAsync(other.Gateway);
        var subjects = new List<Subject>();
        foreach (var prepare in Kinds)
        {
            subjects.Add(await prepare(await atStale.ActivateAtAsync(stale, new())));
        }

        stale.Suspend();
        var facts = (await Task.WhenAll(subjects.Select(subject => subject.ChangeAsync(atOther.Sessions.Get(subject.Id)))))
            .SelectMany(known => known).ToArray();

        // Some wait in the suspended node when it goes on, the others ask as soon as they can.
        var answers = new Answers();
        var ended = stale.ExitCodeAsync();
        var asking = Array.ConvertAll(facts, fact => Task.Run(() => answers.AskAsync(fact, atStale.Grains, ended)));
        answers.Begin();
        stale.Continue();
        await ended.WaitAsync(Patience);
        var lasted = answers.Elapsed;
        await Task.WhenAll(asking).WaitAsync(Patience);
        return new(answers.Wrong, answers.Right, answers.Unanswered, lasted);
    }

    private static Task<Subject> PausedAsync(SessionHandle session) => Task.FromResult(new Subject(session.Id, async other =>
    {
        await other.PauseAsync();
        return
        [
            Shown(session.Id, "paused", snapshot => snapshot.Status == SessionStatus.Paused),
            Waited(session.Id, "paused", snapshot => snapshot.Status == SessionStatus.Paused),
            Admitted(session.Id, "paused", isAdmitted: false),
        ];
    }));

    private static Task<Subject> ClosedAsync(SessionHandle session) => Task.FromResult(new Subject(session.Id, async other =>
    {
        await other.CloseAsync();
        return
        [
            Shown(session.Id, "closed", snapshot => snapshot.Status == SessionStatus.Closed),
            Waited(session.Id, "closed", snapshot => snapshot.Status == SessionStatus.Closed),
            Admitted(session.Id, "closed", isAdmitted: false),
        ];
    }));

    private static Task<Subject> RenewedAsync(SessionHandle session) => Task.FromResult(new Subject(session.Id, async other =>
    {
        var end = (await other.RenewAsync(TimeSpan.FromMinutes(30))).ExpiresAt;
        return [Shown(session.Id, $"renewed until {end:o}", snapshot => snapshot.ExpiresAt == end)];
    }));

    private static async Task<Subject> ResumedAsync(SessionHandle session)
    {
        await session.PauseAsync();
        return new(session.Id, async other =>
        {
            var resume = new ResumeSession { Actor = Alice };
            await other.ResumeAsync(new() { CommandId = resume.CommandId, Actor = Alice });
            return
            [
                Shown(session.Id, "resumed", snapshot => snapshot.Status == SessionStatus.Active),
                Admitted(session.Id, "resumed", isAdmitted: true),
                Known(session.Id, "resumed", grain => grain.Resume(resume)),
            ];
        });
    }

    private static async Task<Subject> PausedAgainAsync(SessionHandle session)
    {
        await session.PauseAsync();
        return new(session.Id, async other =>
        {
            var pause = new PauseSession { Actor = Alice };
            await other.ResumeAsync();
            await other.PauseAsync(new() { CommandId = pause.CommandId, Actor = Alice });
            return [Known(session.Id, "paused again", grain => grain.Pause(pause))];
        });
    }

    private static async Task<Subject> WithDataAsync(SessionHandle session)
    {
        await session.Data.PutAsync(Key, Encoding.UTF8.GetBytes("before"));
        await session.Data.GetAsync(Key);
        return new(session.Id, async other =>
        {
            await other.Data.PutAsync(Key, Encoding.UTF8.GetBytes("much later"));
            var bytes = (await other.GetAsync()).Usage.DataBytes;
            return
            [
                Shown(session.Id, $"{bytes} bytes of data", snapshot => snapshot.Usage.DataBytes == bytes),
                new(session.Id, "the value 'much later'", async grains =>
                {
                    var reply = await grains.GetSessionData(session.Id).Access(new() { Verb = DataVerb.Get, Key = Key, Actor = Alice });
                    var value = reply.Value is { } held ? Encoding.UTF8.GetString(held.Value.AsSpan()) : null;
                    return new(reply.Refusal, value == "much later", $"{value}");
                }),
            ];
        });
    }

    private static Fact Shown(SessionId id, string what, Predicate<SessionSnapshot> isTrue) =>
        new(id, what, async grains => Answer.Of(await grains.GetSession(id).Get(0), isTrue));

    private static Fact Waited(SessionId id, string what, Predicate<SessionSnapshot> isTrue) =>
        new(id, what, async grains => Answer.Of(await grains.GetSession(id).WaitForChange(0, TimeSpan.Zero), isTrue));

    private static Fact Known(SessionId id, string what, Func<ISessionGrain, ValueTask<SessionReply>> repeat) =>
        new(id, what, async grains =>
        {
            var reply = await repeat(grains.GetSession(id));
            return new(reply.Refusal, reply.Replayed, $"replayed: {reply.Replayed}, version {reply.Version}");
        });

    private static Fact Admitted(SessionId id, string what, bool isAdmitted) => new(id, what, async grains =>
    {
        var decision = await grains.GetSession(id).Authorize(Execution, 0);
        var isUnavailable = decision.Refusal?.Code == SessionErrorCode.Unavailable;
        return new(isUnavailable ? decision.Refusal : null, decision.IsAdmitted == isAdmitted, $"{decision.Status}, {decision.Refusal?.Message}");
    });

    /// <summary>A session that is changed while its node is suspended.</summary>
    /// <param name="Id">Which.</param>
    /// <param name="ChangeAsync">Changes it through another node, and gives what is true from then on.</param>
    private sealed record Subject(SessionId Id, Func<SessionHandle, Task<Fact[]>> ChangeAsync);

    /// <summary>What is true of a session, and how to ask for it.</summary>
    private sealed record Fact(SessionId Id, string What, Func<IGrainFactory, Task<Answer>> AskAsync);

    private sealed record Answer(SessionError? Refusal, bool IsTrue, string Text)
    {
        public static Answer Of(SessionReply reply, Predicate<SessionSnapshot> isTrue) =>
            new(reply.Refusal, reply.Snapshot is { } shown && isTrue(shown), $"{reply.Snapshot?.Status} at version {reply.Snapshot?.Version}");
    }

    private sealed class Answers
    {
        private readonly ConcurrentQueue<string> wrong = new();
        private long began;
        private int right;
        private int unanswered;

        public IReadOnlyCollection<string> Wrong => wrong;

        public int Right => right;

        public int Unanswered => unanswered;

        public TimeSpan Elapsed => Stopwatch.GetElapsedTime(began);

        public void Begin() => began = Stopwatch.GetTimestamp();

        public async Task AskAsync(Fact fact, IGrainFactory grains, Task ended)
        {
            while (!ended.IsCompleted)
            {
                try
                {
                    var answer = await fact.AskAsync(grains);
                    if (answer.Refusal is { Code: SessionErrorCode.Unavailable })
                    {
                        Interlocked.Increment(ref unanswered);
                    }
                    else if (answer is { Refusal: null, IsTrue: true })
                    {
                        Interlocked.Increment(ref right);
                    }
                    else
                    {
                        wrong.Enqueue($"{fact.Id} {fact.What}: {answer.Refusal?.Message ?? answer.Text} after {Elapsed.TotalSeconds:0.000} s");
                    }
                }
#pragma warning disable CA1031 // The node is dying: what matters is what it answers, not how it fails to.
                catch (Exception)
#pragma warning restore CA1031
                {
                    Interlocked.Increment(ref unanswered);
                }

                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }
}
