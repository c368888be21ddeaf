using System.Text;
using Sessions.Cli.Parsing;

namespace Sessions.Cli.Tests;

public class TemplateFileTests
{
    [Fact]
    public void Everything_stated_Is_read()
    {
        var definition = Parse("""
            {
              "description": "notebooks",
              "configuration": {
                "maxDuration": "2h",
                "permissions": ["execute", "readCrossSession"],
                "functionPatterns": ["math.*"],
                "quotas": { "executions": 100, "computeTime": "PT1H", "dataBytes": "10MiB" },
                "settings": { "autoExpire": false, "executionLogging": true, "pauseClock": "stops", "idleTimeout": "5m" },
                "labels": { "team": "eval" }
              },
              "ceiling": { "maxDuration": "1d", "permissions": [], "quotas": { "dataBytes": 4096 } },
              "provisioner": "docker"
            }
            """);

        Assert.Equal(("notebooks", "docker"), (definition.Description, definition.Provisioner));
        var configuration = definition.Configuration;
        Assert.Equal(TimeSpan.FromHours(2), configuration.MaxDuration);
        Assert.Equal(SessionPermissions.ExecuteFunctions | SessionPermissions.ReadCrossSession, configuration.Permissions);
        Assert.Equal("math.*", Assert.Single(configuration.FunctionPatterns));
        Assert.Equal(
            new SessionQuotas { Executions = 100, ComputeTime = TimeSpan.FromHours(1), DataBytes = 10 << 20 }, configuration.Quotas);
        Assert.Equal(
            new SessionSettings
            {
                AutoExpire = false,
                ExecutionLogging = true,
                PauseClock = PauseClock.Stops,
                IdleTimeout = TimeSpan.FromMinutes(5),
            },
            configuration.Settings);
        Assert.Equal("eval", configuration.Labels["team"]);
        Assert.Equal(TimeSpan.FromDays(1), definition.Ceiling.MaxDuration);
        Assert.Equal(SessionPermissions.None, definition.Ceiling.Permissions);
        Assert.Equal(4096, definition.Ceiling.Quotas.DataBytes);
    }

    [Fact]
    public void Nothing_stated_Is_the_default()
    {
        var definition = Parse("{}");
        Assert.Equal(SessionConfiguration.Default.MaxDuration, definition.Configuration.MaxDuration);
        Assert.Equal(SessionConfiguration.Default.Permissions, definition.Configuration.Permissions);
        Assert.Null(definition.Ceiling.Permissions);
        Assert.Null(definition.Description);
    }

    [Fact]
    public void Wrong_in_many_ways_Every_fault_is_named_by_its_path()
    {
        var thrown = Assert.Throws<InvalidConfigurationException>(() => Parse("""
            {
              "descriptoin": "misspelled",
              "description": 7,
              "configuration": {
                "maxDuration": "soon",
                "permissions": ["fly"],
                "functionPatterns": "all",
                "quotas": { "concurent": 4, "executions": 1.5, "dataBytes": "much" },
                "settings": { "autoExpire": "yes", "pauseClock": "halts" },
                "labels": { "n": 5 }
              },
              "ceiling": [],
              "provisioner": "\ud800"
            }
            """));

        Assert.Equal(
            [
                "ceiling", "configuration.functionPatterns", "configuration.labels.n", "configuration.maxDuration",
                "configuration.permissions", "configuration.quotas.concurent", "configuration.quotas.dataBytes",
                "configuration.quotas.executions", "configuration.settings.autoExpire", "configuration.settings.pauseClock",
                "description", "descriptoin", "provisioner",
            ],
            thrown.Faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("""{"description": "a", "description": "b"}""")]
    public void Text_that_is_no_template_Is_refused_as_a_whole(string json) =>
        Assert.Equal("file", Assert.Single(Assert.Throws<InvalidConfigurationException>(() => Parse(json)).Faults).Field);

    [Fact]
    public void File_beyond_the_cap_Is_refused_and_one_at_the_cap_is_read()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "{}" + new string(' ', JsonFile.MaxBytes - 2));
            Assert.NotNull(TemplateFile.Read(path));

            File.AppendAllText(path, " ");
            Assert.Contains("1048576", Assert.Throws<CliUsageException>(() => TemplateFile.Read(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static TemplateDefinition Parse(string json) => TemplateFile.Parse(Encoding.UTF8.GetBytes(json));
}
