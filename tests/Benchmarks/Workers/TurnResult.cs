using System.Text.Json.Serialization;

namespace Sessions.Benchmarks.Workers;

/// <summary>What a worker did in one turn: one line of JSON from process to process.</summary>
internal sealed record TurnResult
{
    /// <summary>What went wrong; null if nothing did.</summary>
    public string? Fault { get; init; }

    /// <summary>How much was done.</summary>
    public long Operations { get; init; }

    /// <summary>In how long.</summary>
    public double Seconds { get; init; }

    /// <summary>With how much CPU time of the worker's process, on all cores together.</summary>
    public double CpuSeconds { get; init; }

    /// <summary>What else was measured, by names that the worker and its benchmark share.</summary>
    public IReadOnlyDictionary<string, double> More { get; init; } = new Dictionary<string, double>();

    [JsonIgnore]
    public double PerSecond => Operations / Seconds;

    /// <summary>Of CPU time, per operation.</summary>
    [JsonIgnore]
    public double CpuMicroseconds => CpuSeconds * 1e6 / Operations;
}
