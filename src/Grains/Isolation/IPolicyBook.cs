namespace Sessions.Grains.Isolation;

/// <summary>The policies of all namespaces, as this silo knows them.</summary>
internal interface IPolicyBook
{
    /// <summary>Grows with every change that this silo has learnt of.</summary>
    long Revision { get; }

    /// <summary>Whether the silo may go by what it knows: its last look is not too old.</summary>
    bool IsFresh { get; }

    /// <summary>What holds in a namespace; null while the silo cannot know, and whoever asks has to refuse.</summary>
    EffectivePolicy? Of(SessionNamespace @namespace);

    /// <summary>Makes it fresh, if it is not, by one look for all who wait. Never fails.</summary>
    Task RefreshAsync();

    /// <summary>Looks at the store now. Never fails: what could not be learnt stays unknown.</summary>
    Task LookAsync();
}
