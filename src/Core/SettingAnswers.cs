using System.Collections.Immutable;

namespace Sessions.Core;

/// <summary>The answers to the commands that set versions of one thing, a policy or a template. Kept beside its newest version.</summary>
[GenerateSerializer, Immutable, Alias("sessions.SettingAnswers")]
internal sealed record SettingAnswers
{
    /// <summary>None yet.</summary>
    public static readonly SettingAnswers None = new();

    /// <summary>The answers, oldest first.</summary>
    [Id(0)]
    public ImmutableArray<SettingAnswer> Answers { get => field.IsDefault ? [] : field; init; } = [];

    /// <summary>Commands that were issued up to then may be forgotten; null while none that states its instant is.</summary>
    [Id(1)]
    public DateTimeOffset? Forgotten { get; init; }
}

/// <summary>The answer to one command.</summary>
/// <param name="CommandId">Which.</param>
/// <param name="ContentHash">The hash of what it said.</param>
/// <param name="Version">The version that it made, or that said the same already.</param>
/// <param name="KeptUntil">Until when it is kept at least.</param>
[GenerateSerializer, Immutable, Alias("sessions.SettingAnswer")]
internal readonly record struct SettingAnswer(
    [property: Id(0)] CommandId CommandId,
    [property: Id(1)] long ContentHash,
    [property: Id(2)] long Version,
    [property: Id(3)] DateTimeOffset KeptUntil);
