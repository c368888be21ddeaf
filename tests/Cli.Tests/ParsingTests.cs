using Sessions.Cli.Parsing;

namespace Sessions.Cli.Tests;

public class ParsingTests
{
    [Theory]
    [InlineData("1h", 3_600_000)]
    [InlineData("30m", 1_800_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("90s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("2d", 172_800_000)]
    [InlineData("1d2h3m4s5ms", 93_784_005)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("-5m", -300_000)]
    [InlineData("0s", 0)]
    [InlineData("01:30:00", 5_400_000)]
    [InlineData("1.02:03:04.005", 93_784_005)]
    [InlineData("PT1H30M", 5_400_000)]
    [InlineData("P1DT2H3M4.005S", 93_784_005)]
    [InlineData("-PT5M", -300_000)]
    public void Duration_in_any_form_Is_read(string text, long milliseconds)
    {
        var parsed = DurationText.Parse(text);
        Assert.Null(parsed.Problem);
        Assert.Equal(milliseconds, parsed.Value.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("h")]
    [InlineData("1x")]
    [InlineData("30m1h")]
    [InlineData("1h 30m")]
    [InlineData("1h1h")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("PT")]
    [InlineData("P")]
    [InlineData("-")]
    [InlineData("99999999999d")]
    [InlineData("99999999999999999999999999999999999999d")]
    [InlineData("P99999999999D")]
    [InlineData("1h\n")]
    [InlineData("١h")]
    public void Text_that_is_no_duration_Is_refused(string text) => Assert.NotNull(DurationText.Parse(text).Problem);

    [Theory]
    [InlineData("1h30m")]
    [InlineData("2d")]
    [InlineData("1d1ms")]
    [InlineData("-5m")]
    [InlineData("0s")]
    public void Duration_written_Reads_as_it_was(string text) => Assert.Equal(text, DurationText.Write(DurationText.Parse(text).Value));

    [Theory]
    [InlineData("65536", 65_536)]
    [InlineData("10MiB", 10_485_760)]
    [InlineData("1KiB", 1_024)]
    [InlineData("1.5GB", 1_500_000_000)]
    [InlineData("-1", -1)]
    [InlineData("1TiB", 1_099_511_627_776)]
    public void Size_Is_read(string text, long bytes) => Assert.Equal((bytes, null), (ByteText.Parse(text).Value, ByteText.Parse(text).Problem));

    [Theory]
    [InlineData("")]
    [InlineData("10mib")]
    [InlineData("0.3B")]
    [InlineData("ten")]
    [InlineData("99999999999TiB")]
    [InlineData("1 MiB")]
    public void Text_that_is_no_size_Is_refused(string text) => Assert.NotNull(ByteText.Parse(text).Problem);

    [Fact]
    public void Quotas_of_every_dimension_Are_read_in_either_spelling()
    {
        var parsed = QuotaText.Parse(["executions=100,concurrent=4,per-second=5", "computeTime=1h,dataBytes=10MiB,children=0"]);
        Assert.Null(parsed.Problem);
        Assert.Equal(
            new SessionQuotas
            {
                Executions = 100,
                Concurrent = 4,
                PerSecond = 5,
                ComputeTime = TimeSpan.FromHours(1),
                DataBytes = 10 << 20,
                Children = 0,
            },
            parsed.Value);
    }

    [Theory]
    [InlineData("executionz=1", "'executionz'")]
    [InlineData("executions", "'executions'")]
    [InlineData("executions=", "executions")]
    [InlineData("executions=many", "'many'")]
    [InlineData("executions=99999999999999999999", "executions")]
    [InlineData("computeTime=5", "computeTime")]
    [InlineData("dataBytes=5XB", "dataBytes")]
    [InlineData("concurrent=1,concurrent=2", "concurrent twice")]
    [InlineData("perSecond=1,per-second=2", "perSecond twice")]
    [InlineData("concurrent=1,", "''")]
    [InlineData("a\u001b[31m=1", "U+001B")]
    public void Quota_that_is_wrong_Is_named(string text, string named)
    {
        var problem = QuotaText.Parse([text]).Problem;
        Assert.NotNull(problem);
        Assert.Contains(named, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', problem);
    }

    [Fact]
    public void Labels_Are_read_with_further_equals_signs_in_the_value()
    {
        var labels = LabelText.Parse(["team=eval", "query=a=b"]).Value!;
        Assert.Equal("a=b", labels["query"]);
        Assert.Equal(2, labels.Count);
    }

    [Theory]
    [InlineData("team", "'team'")]
    [InlineData("=x", "'=x'")]
    public void Label_that_is_wrong_Is_named(string label, string named) =>
        Assert.Contains(named, LabelText.Parse([label]).Problem, StringComparison.Ordinal);

    [Fact]
    public void Label_stated_twice_Is_refused() =>
        Assert.Contains("'a' twice", LabelText.Parse(["a=1", "a=2"]).Problem, StringComparison.Ordinal);

    [Fact]
    public void Permissions_Are_read_by_either_name_and_written_by_the_full_one()
    {
        Assert.Equal(SessionPermissions.All, PermissionText.Parse(["execute,composeFunctions", "read,writeCrossSession"]).Value);
        Assert.Equal(SessionPermissions.None, PermissionText.Parse(["none"]).Value);
        Assert.Equal(["executeFunctions", "writeCrossSession"], PermissionText.Write(SessionPermissions.ExecuteFunctions | SessionPermissions.WriteCrossSession));
        Assert.Contains("'fly'", PermissionText.Parse(["execute,fly"]).Problem, StringComparison.Ordinal);
        Assert.NotNull(PermissionText.Parse(["execute,none"]).Problem);
    }
}
