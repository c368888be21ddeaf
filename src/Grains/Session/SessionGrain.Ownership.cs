using Sessions.Core;
using Sessions.Core.Ownership;
using Sessions.Grains.Ownership;
using Sessions.Grains.Storage;

namespace Sessions.Grains.Session;

/// <content>Answers nothing from a state that is not proven to be current. The rule is in <see cref="OwnershipRules"/>.</content>
internal sealed partial class SessionGrain
{
    // When the question was sent that proved what is held.
    private long provenAt = OwnershipRules.Never;

    private bool IsProven => !inDoubt && silo.Proofs.IsCurrent(provenAt);

    private bool IsProvenSince(long calledAt) => IsProven || (!inDoubt && silo.Proofs.IsSince(provenAt, calledAt));

    private StoredVersions Held => new(Version, desk?.DataVersion ?? 0);

    /// <summary>Makes sure that what is held is proven to be current, and reads it anew where it is not.</summary>
    /// <param name="seenVersion">The highest version that the caller has seen. Where nothing newer can be read, the caller has to be refused.</param>
    /// <exception cref="SessionException">Unavailable: the store did not answer, or others keep changing the session.</exception>
    private async ValueTask Prove(long seenVersion = 0)
    {
        if (IsProven && Version >= seenVersion)
        {
            return;
        }

        var calledAt = silo.Time.GetTimestamp();
        if (Version < seenVersion)
        {
            // Another activation has committed since this one read: without this look a caller who paused the session could
            // be shown it active.
            using var turn = await Gate.EnterAsync();
            if (Version < seenVersion)
            {
                await Reload();
            }
        }

        for (var attempt = 0; !IsProvenSince(calledAt); attempt++)
        {
            if (attempt == MaxAttempts)
            {
                throw new SessionException(Refusals.Unavailable(
                    id, "Others kept changing the session while it was compared with the store; try again.", silo.Options.RetryAfter));
            }

            if (inDoubt)
            {
                using var turn = await Gate.EnterAsync();
                await ReloadIfInDoubt();
            }
            else
            {
                await Look();
            }
        }
    }

    private async ValueTask Look()
    {
        var asked = Held;
        VersionLook look;
        try
        {
            look = await silo.Looks.LookAsync(id);
        }
        catch (StoreUnavailableException exception)
        {
            // Logged once for all sessions of the question.
            throw new SessionException(Refusals.Unavailable(
                id, $"The store did not confirm that the session is as this node holds it: {exception.Message}", silo.Options.RetryAfter));
        }

        switch (OwnershipRules.Judge(asked, Held, look.Found))
        {
            case LookOutcome.Current:
                provenAt = Math.Max(provenAt, look.SentAt);
                break;

            case LookOutcome.Changed:
                using (await Gate.EnterAsync())
                {
                    // It may have been read, or committed, while this waited for its turn.
                    if (OwnershipRules.Judge(asked, Held, look.Found) == LookOutcome.Changed)
                    {
                        if (look.Found.Version != Version)
                        {
                            LogChangedElsewhere(id, Version, look.Found.Version);
                        }

                        await Reload();
                        if (look.Found.DataVersion > 0 && record is not null)
                        {
                            Desk.OnRead(look.Found.DataVersion);
                        }
                    }
                }

                break;
        }
    }

    /// <summary>
    /// Applies what is due to a state that is proven, and proves it again where that took too long: what was read anew may be due too.
    /// </summary>
    /// <param name="seenVersion">The highest version that the caller has seen.</param>
    /// <param name="patient">Whether to wait for a fence.</param>
    private async ValueTask MakeCurrent(long seenVersion, bool patient)
    {
        var calledAt = silo.Time.GetTimestamp();
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            await Prove(seenVersion);
            await LetTimePass(patient);
            if (IsProvenSince(calledAt))
            {
                return;
            }
        }

        throw new SessionException(Refusals.Unavailable(
            id, "Others kept changing the session while it was compared with the store; try again.", silo.Options.RetryAfter));
    }

    /// <summary>That the caller has seen a newer version than can be read; null if not.</summary>
    private SessionError? FindBehind(long seenVersion) => Version < seenVersion
        ? Refusals.Unavailable(id, $"Version {seenVersion} cannot be shown yet.", silo.Options.RetryAfter)
        : null;
}
