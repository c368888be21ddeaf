using System.Text;

namespace Sessions.Cli.Tests;

public class DataCommandTests
{
    private const string Id = "s-00000000000000000000000009";

    private static readonly byte[] Bytes = [0, 255, 10, 13, 27, 0x80];

    [Fact]
    public async Task Value_From_argument_file_or_stdin_Comes_back_byte_for_byte()
    {
        await using var cluster = await CreatedAsync();
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, Bytes);

            Assert.Equal(1, (await Done(cluster, "put", Id, "a", "größe", "--json")).Json.GetProperty("version").GetInt64());
            Assert.Equal(Bytes.Length, (await Done(cluster, "put", Id, "b", "--file", file, "--json")).Json.GetProperty("size").GetInt32());
            var piped = await ToolRun.Of(cluster, ["data", "put", Id, "c"], input: Bytes);
            Assert.Equal((ExitCodes.Done, ""), (piped.ExitCode, piped.Error));
            Assert.Equal(0, (await ToolRun.Of(cluster, ["data", "put", Id, "empty"], input: [])).ExitCode);
        }
        finally
        {
            File.Delete(file);
        }

        Assert.Equal("größe", Encoding.UTF8.GetString((await Done(cluster, "get", Id, "a")).Raw));
        foreach (var key in (string[])["b", "c"])
        {
            var run = await Done(cluster, "get", Id, key);
            Assert.Equal(Bytes, run.Raw);
            Assert.Equal("", run.Out);
        }

        Assert.Empty((await Done(cluster, "get", Id, "empty")).Raw);
        var json = (await Done(cluster, "get", Id, "b", "--json")).Json;
        Assert.Equal((Convert.ToBase64String(Bytes), 2), (json.GetProperty("base64").GetString(), json.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task List_By_prefix_Shows_keys_versions_and_sizes()
    {
        await using var cluster = await CreatedAsync();
        foreach (var key in (string[])["scores/2", "scores/1", "other"])
        {
            await Done(cluster, "put", Id, key, key);
        }

        var entries = (await Done(cluster, "list", Id, "--prefix", "scores/", "--json")).Json.GetProperty("entries").EnumerateArray().ToList();
        Assert.Equal(["scores/1", "scores/2"], entries.Select(entry => entry.GetProperty("key").GetString()));
        Assert.Equal([(2, 8), (1, 8)], entries.Select(entry => (entry.GetProperty("version").GetInt32(), entry.GetProperty("size").GetInt32())));
        var shown = (await Done(cluster, "list", Id)).Out;
        Assert.All((string[])["scores/1", "scores/2", "other"], key => Assert.Contains(key, shown, StringComparison.Ordinal));
        Assert.Equal("", (await Done(cluster, "list", Id, "--prefix", "x")).Out.Trim());
    }

    [Fact]
    public async Task Versions_That_are_expected_and_not_there_Are_refused()
    {
        await using var cluster = await CreatedAsync();
        await Done(cluster, "put", Id, "a", "1", "--expect", "0");

        var refused = await ToolRun.Of(cluster, ["data", "put", Id, "a", "2", "--expect", "0", "--json"]);

        Assert.Equal(ExitCodes.Refused, refused.ExitCode);
        Assert.Equal("VersionConflict", refused.ErrorJson.GetProperty("code").GetString());
        Assert.Equal(1, refused.ErrorJson.GetProperty("actualVersion").GetInt64());
        Assert.Contains("sessions data list", refused.ErrorJson.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Refused, (await ToolRun.Of(cluster, ["data", "delete", Id, "a", "--expect", "7"])).ExitCode);
        Assert.Equal(2, (await Done(cluster, "delete", Id, "a", "--expect", "1", "--json")).Json.GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task Value_That_is_not_there_Is_one_refusal()
    {
        await using var cluster = await CreatedAsync();

        var run = await ToolRun.Of(cluster, ["data", "get", Id, "a", "--json"]);

        Assert.Equal((ExitCodes.Refused, ""), (run.ExitCode, run.Out));
        Assert.Equal("NoValue", run.ErrorJson.GetProperty("code").GetString());
        Assert.Empty(run.Raw);
    }

    [Fact]
    public async Task What_is_beyond_the_caps_Is_refused_before_anything_is_sent()
    {
        await using var cluster = await CreatedAsync();

        var value = await ToolRun.Of(cluster, ["data", "put", Id, "a", "--json"], input: new byte[DataValue.MaxBytes + 1]);
        Assert.Equal((ExitCodes.Refused, "InvalidConfiguration"), (value.ExitCode, value.ErrorJson.GetProperty("code").GetString()));
        Assert.Equal(ExitCodes.Done, (await ToolRun.Of(cluster, ["data", "put", Id, "a"], input: new byte[DataValue.MaxBytes])).ExitCode);
        Assert.Equal(ExitCodes.Refused, (await ToolRun.Of(cluster, ["data", "list", Id, "--prefix", new string('p', 129)])).ExitCode);
    }

    [Theory]
    [InlineData("data", "get", Id)]
    [InlineData("data", "get", Id, "a\u0001")]
    [InlineData("data", "get", "nobody", "a")]
    [InlineData("data", "put", Id, "a", "1", "--file", "x")]
    [InlineData("data", "put", Id, "a", "--file", "/does/not/exist")]
    [InlineData("data", "put", Id, "a", "1", "--expect", "-1")]
    public async Task Words_That_make_no_sense_Are_wrong_usage(params string[] args)
    {
        await using var cluster = await CreatedAsync();

        var run = await ToolRun.Of(cluster, args);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.StartsWith("error: Usage: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_That_is_not_Unicode_Is_wrong_usage()
    {
        await using var cluster = await CreatedAsync();

        // Written out here: an attribute would keep another character.
        var run = await ToolRun.Of(cluster, ["data", "put", Id, "a", "\uD800"]);

        Assert.Equal(ExitCodes.Usage, run.ExitCode);
        Assert.Contains("--file", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_With_what_a_terminal_acts_upon_Is_shown_harmless()
    {
        await using var cluster = await CreatedAsync();
        await Done(cluster, "put", Id, "[red]x", "1");

        Assert.Contains("[red]x", (await Done(cluster, "list", Id)).Out, StringComparison.Ordinal);
    }

    private static async Task<TestCluster> CreatedAsync()
    {
        var cluster = new TestCluster();
        await ToolRun.Of(cluster, ["create", "--namespace", "acme", "--creator", "alice", "--id", Id]);
        return cluster;
    }

    private static async Task<ToolRun> Done(TestCluster cluster, params string[] args)
    {
        var run = await ToolRun.Of(cluster, ["data", .. args]);
        Assert.Equal((ExitCodes.Done, ""), (run.ExitCode, run.Error));
        return run;
    }
}
