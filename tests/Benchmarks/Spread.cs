using System.Globalization;

namespace Sessions.Benchmarks;

/// <summary>What several turns measured.</summary>
internal sealed record Spread(double Min, double Median, double Max)
{
    public static Spread Of(double[] values) => new(values.Min(), values.Order().ElementAt(values.Length / 2), values.Max());

    /// <summary>A figure with as many digits as mean something.</summary>
    public static string Text(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "n0", >= 10 => "n1", >= 0.1 => "n2", _ => "g2" }, CultureInfo.InvariantCulture);

    public override string ToString() => $"{Text(Min)} / {Text(Median)} / {Text(Max)}";
}
