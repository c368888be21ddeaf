namespace Sessions.Grains.Storage.Copy;

/// <summary>Everything that a store holds, in one state of it. Rows are read while they are asked for, one sequence at a time.</summary>
internal interface ICopySource
{
    /// <summary>The highest position that the log has given out; 0 if it has given out none.</summary>
    long LastPosition { get; }

    /// <summary>How much there is, counted by the store itself and not by what the sequences give.</summary>
    CopyCounts Count();

    /// <summary>All sessions.</summary>
    IEnumerable<CopiedSession> ReadSessions();

    /// <summary>The answers that are kept beside the records of all sessions.</summary>
    IEnumerable<CopiedAnswer> ReadAnswers();

    /// <summary>The writes of data that are kept beside the last ones of all sessions.</summary>
    IEnumerable<CopiedDataAnswer> ReadDataAnswers();

    /// <summary>The labels of all sessions.</summary>
    IEnumerable<CopiedLabel> ReadLabels();

    /// <summary>The log, in the order of its cursors.</summary>
    IEnumerable<LoggedEvent> ReadEvents();

    /// <summary>The executions of all sessions.</summary>
    IEnumerable<CopiedExecution> ReadExecutions();

    /// <summary>The data of all sessions.</summary>
    IEnumerable<CopiedValue> ReadData();

    /// <summary>All versions of all policies.</summary>
    IEnumerable<CopiedPolicy> ReadPolicies();

    /// <summary>The counters of live sessions.</summary>
    IEnumerable<CopiedLimit> ReadLimits();

    /// <summary>All operations.</summary>
    IEnumerable<CopiedOperation> ReadOperations();

    /// <summary>The states of all grains that have one, whatever service they belong to.</summary>
    IEnumerable<CopiedGrainState> ReadGrainStates();
}
