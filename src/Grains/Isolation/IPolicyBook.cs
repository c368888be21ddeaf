namespace Sessions.Grains;

/// <summary>The policies of all namespaces, as this silo knows them.</summary>
internal interface IPolicyBook
{
    /// <summary>Grows with every change that this silo has learnt of.</summary>
    long Revision { get; }

    /// <summary>What holds in a namespace; null while the silo cannot know, and whoever asks has to refuse.</summary>
    EffectivePolicy? Of(SessionNamespace @namespace);
}
