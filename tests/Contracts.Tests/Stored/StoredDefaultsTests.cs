using System.Text.Json;
using Sessions.Contracts.Tests.Support;
using Sessions.Core;
using Sessions.Core.Stored;

namespace Sessions.Contracts.Tests.Stored;

/// <summary>What a reader makes of a payload that is older than a field.</summary>
public class StoredDefaultsTests
{
    /// <summary>
    /// Written since the first version, always, so that no payload lacks them. The list must not grow: the reader does not run the
    /// initializers of what is missing, so a new field with a default other than zero has to guard it in its getter.
    /// </summary>
    private static readonly string[] AlwaysWritten =
    [
        "SessionConfiguration.MaxDuration", "SessionConfiguration.Permissions", "SessionSettings.AutoExpire", "SessionSettings.PauseClock",
    ];

    /// <summary>Every stored type that is made from its parts by initializers, with what it is when nothing is stated.</summary>
    private static readonly object[] Defaults =
    [
        new SessionRecord(), new SessionConfiguration(), new SessionSettings(), new SessionQuotas(), new SessionCeiling(), new SessionUsage(),
        new SessionEventBody(), new GrantMark(), new AnswerHistory(), new LatencyHistogram(), new ExecutionRecord(),
    ];

    [Fact]
    public void MissingFields_Read_HaveTheirDefaults()
    {
        var differing =
            from initial in Defaults
            let type = initial.GetType()
            let read = JsonSerializer.Deserialize("{}", StoredJson.Default.GetTypeInfo(type)!)
            from property in type.GetProperties()
            where property.CanWrite && Contents.Of(property.GetValue(initial)) != Contents.Of(property.GetValue(read))
            select $"{type.Name}.{property.Name}";

        Assert.Equal(AlwaysWritten, differing);
    }

    /// <summary>What is left out of a stored record is what its reader puts there, field by field.</summary>
    [Fact]
    public void RecordsThatDifferInOneField_StoredAndRead_StillDo()
    {
        var full = new { StoredSamples.Record, StoredSamples.Record.Configuration, StoredSamples.Record.Configuration.Settings, StoredSamples.Record.Usage };
        foreach (var sparse in new[] { new SessionRecord(), StoredSamples.Sparse, StoredSamples.Record })
        {
            var records = Differing(sparse, full.Record)
                .Concat(Differing(sparse.Configuration, full.Configuration).Select(other => sparse with { Configuration = other }))
                .Concat(Differing(sparse.Configuration.Settings, full.Settings)
                    .Select(other => sparse with { Configuration = sparse.Configuration with { Settings = other } }))
                .Concat(Differing(sparse.Usage, full.Usage).Select(other => sparse with { Usage = other }));
            Assert.All(records, record => Assert.Equal(Contents.Of(record), Contents.Of(StoredRecord.Read(StoredRecord.Write(record)))));
        }
    }

    [Fact]
    public void RecordWithNothingInIt_Stored_IsShort() =>
        Assert.InRange(StoredRecord.Write(StoredSamples.Sparse).Length, 1, 400);

    [Fact]
    public void EmptyRecord_Read_HasNothingThatIsNull()
    {
        var read = JsonSerializer.Deserialize("{}", StoredRecord.Form)!;

        Assert.Equal(SessionConfiguration.Default, read.Configuration);
        Assert.Equal(SessionUsage.None, read.Usage);
        Assert.Empty(read.Answers);
        Assert.Null(read.Grant);
        Assert.Null(read.Usage.Latencies);
    }

    [Fact]
    public void EmptyConfiguration_Read_HasNothingThatIsNull()
    {
        var read = JsonSerializer.Deserialize("""{"configuration":{},"templateCeiling":{}}""", StoredRecord.Form)!;

        Assert.Empty(read.Configuration.FunctionPatterns);
        Assert.Empty(read.Configuration.Labels);
        Assert.Equal(SessionQuotas.Unlimited, read.Configuration.Quotas);
        Assert.Equal(SessionSettings.Default, read.Configuration.Settings);
        Assert.Equal(SessionCeiling.None, read.TemplateCeiling);
    }

    [Fact]
    public void Labels_Read_AreInOrdinalOrder()
    {
        var read = JsonSerializer.Deserialize("""{"configuration":{"labels":{"b":"1","B":"2","a":"3"}}}""", StoredRecord.Form)!;

        Assert.Equal(["B", "a", "b"], read.Configuration.Labels.Keys);
        Assert.Same(SortedLabels.Empty.KeyComparer, read.Configuration.Labels.KeyComparer);
    }

    [Theory]
    [InlineData("""{"status":"Frozen"}""")]
    [InlineData("""{"id":"s-1"}""")]
    [InlineData("""{"namespace":"Acme"}""")]
    [InlineData("""{"creator":""}""")]
    public void UnreadableField_Read_IsAFaultAndNotADefault(string stored) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(stored, StoredRecord.Form));

    /// <summary>Copies of one object, each with one member of the other, and each with one member that is empty.</summary>
    private static IEnumerable<T> Differing<T>(T one, T other)
        where T : notnull
    {
        var copy = typeof(T).GetMethod("<Clone>$")!;
        foreach (var property in typeof(T).GetProperties().Where(property => property.CanWrite))
        {
            var empty = property.PropertyType.IsValueType ? Activator.CreateInstance(property.PropertyType) : null;
            foreach (var value in new[] { property.GetValue(other), empty })
            {
                var differing = (T)copy.Invoke(one, null)!;
                property.SetValue(differing, value);
                yield return differing;
            }
        }
    }
}
