namespace Sessions.Client;

/// <summary>Decides when gateways are asked whether they answer, and which connections are left. Not thread-safe; time passes by its steps.</summary>
internal sealed class GatewayRound(GatewayLinks links, TimeProvider time)
{
    /// <summary>For so long a connection may be silent before anybody wonders.</summary>
    public static readonly TimeSpan Suspicion = TimeSpan.FromMilliseconds(400);

    /// <summary>For so long all gateways are given to answer: a node that has just started compiles first what it does for the first time.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>For so long a connection may be silent where no other one answers either: it may be the machine that is slow.</summary>
    public static readonly TimeSpan LonePatience = TimeSpan.FromSeconds(10);

    /// <summary>The gateways are asked at least so often, which also tells which there are.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Reconnection = TimeSpan.FromSeconds(1);

    private long? askedAt;
    private bool isOpen;

    /// <summary>Looks once.</summary>
    /// <returns>Whether all gateways are to be asked now.</returns>
    public bool Step()
    {
        var now = time.GetTimestamp();
        if (isOpen && time.GetElapsedTime(askedAt!.Value, now) >= Patience)
        {
            isOpen = false;
            LeaveSilent(askedAt.Value);
        }

        if (isOpen)
        {
            return false;
        }

        // Otherwise the periodic question would make every connection suspect, and be followed by another one.
        var isJustAsked = askedAt is { } last && time.GetElapsedTime(last, now) < Suspicion;
        var (isSilent, any) = (false, false);
        foreach (var link in links.All)
        {
            any = true;
            if (isJustAsked && link.WasHeardSince(askedAt!.Value))
            {
                link.Prove();
            }

            isSilent |= link.IsSilentFor(Suspicion);
        }

        // Without a connection nobody can call this client: a question opens one.
        if (isSilent || askedAt is not { } then || time.GetElapsedTime(then, now) >= (any ? Period : Reconnection))
        {
            (isOpen, askedAt) = (isSilent, now);
            return true;
        }

        return false;
    }

    private void LeaveSilent(long since)
    {
        var silent = new List<GatewayLink>();
        var hasAnswer = false;
        foreach (var link in links.All)
        {
            if (link.WasHeardSince(since))
            {
                hasAnswer = true;
                link.Prove();
            }
            else if (link.WasSentSince(since))
            {
                silent.Add(link);
            }
        }

        foreach (var link in silent)
        {
            if (hasAnswer || link.Unanswered >= LonePatience)
            {
                links.Leave(link, hasAnswer);
            }
        }
    }
}
