using System.Runtime.CompilerServices;

namespace Sessions.Client;

public sealed partial class SessionHandle
{
    /// <summary>
    /// The session's whole history as it is now, in order: what happened to it, when, by whom and why. Also after its end, until what is
    /// kept of ended sessions is dropped.
    /// </summary>
    /// <param name="afterSequence">The last sequence that is known already; 0 for none.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="InvalidConfigurationException"><paramref name="afterSequence"/> lies ahead of the log.</exception>
    public async IAsyncEnumerable<SessionEvent> GetHistoryAsync(
        long afterSequence = 0, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        SessionLogPage page;
        do
        {
            var after = afterSequence;
            page = await client.Caller.CallAsync(
                new CallSubject("GetHistory", Id),
                () => client.Grains.SessionLog(Id).ReadLog(after, PageSize, TimeSpan.Zero),
                static page => page.Refusal,
                cancellationToken);
            foreach (var e in page.Events)
            {
                yield return e;
                afterSequence = e.Sequence;
            }
        }
        while (page.Events.Length == PageSize);
    }
}
