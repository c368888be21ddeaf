using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Sessions.Client;

/// <summary>When one connection to a gateway was sent something, and when something came back.</summary>
/// <param name="endpoint">Where the gateway listens.</param>
/// <param name="context">The connection; null for one that a test makes up.</param>
/// <param name="time">The clock of the stamps.</param>
internal sealed class GatewayLink(IPEndPoint endpoint, ConnectionContext? context, TimeProvider time)
{
    private long sentAt;
    private long heardAt;
    private long askedAt;
    private long provedUpTo;

    public IPEndPoint Endpoint => endpoint;

    /// <summary>Why the client ended it; null if it did not.</summary>
    public string? LeftBecause { get; private set; }

    /// <summary>Something was sent.</summary>
    public void OnSent()
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref sentAt, now);
        if (Volatile.Read(ref askedAt) == 0)
        {
            Volatile.Write(ref askedAt, now);
        }
    }

    /// <summary>Something came.</summary>
    public void OnHeard()
    {
        Volatile.Write(ref askedAt, 0);
        Volatile.Write(ref heardAt, time.GetTimestamp());
    }

    /// <summary>How long it has not said a word since something was sent; null if it has.</summary>
    public TimeSpan? Unanswered => Volatile.Read(ref askedAt) is not 0 and var asked ? time.GetElapsedTime(asked) : null;

    /// <summary>
    /// Whether nothing has come for so long, although something was sent that nothing shows to have arrived. What came last proves nothing about
    /// what was sent last: it may have crossed it.
    /// </summary>
    public bool IsSilentFor(TimeSpan duration) => Volatile.Read(ref sentAt) > Volatile.Read(ref provedUpTo)
        && time.GetElapsedTime(Math.Max(Volatile.Read(ref heardAt), Volatile.Read(ref askedAt))) >= duration;

    /// <summary>All gateways were asked, and this one has answered since: what was sent before that has arrived.</summary>
    public void Prove()
    {
        var sent = Volatile.Read(ref sentAt);
        if (Volatile.Read(ref heardAt) > sent)
        {
            Volatile.Write(ref provedUpTo, sent);
        }
    }

    /// <summary>Whether something was sent at a moment or later.</summary>
    public bool WasSentSince(long moment) => Volatile.Read(ref sentAt) >= moment;

    /// <summary>Whether something came at a moment or later.</summary>
    public bool WasHeardSince(long moment) => Volatile.Read(ref heardAt) >= moment;

    /// <summary>Ends the connection. What was asked over it has no answer any more.</summary>
    public void Leave(string why)
    {
        LeftBecause = why;
        context?.Abort(new ConnectionAbortedException(why));
    }
}
