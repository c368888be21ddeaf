using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Sessions.Contracts.Tests.Support;
using Sessions.Core;
using Sessions.Core.Operations;
using Sessions.Core.Stored;
using Sessions.Grains.Events;
using Sessions.Grains.Storage.GrainState;
using Sessions.Grains.Templates;

namespace Sessions.Contracts.Tests.Stored;

/// <summary>The stored form, pinned: what a store holds was written by every version there ever was.</summary>
public class StoredGoldenTests
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, IndentCharacter = ' ', NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public void Record_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("session-record", StoredSamples.Record, StoredRecord.Form);

    [Fact]
    public void SparseRecord_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("session-record.sparse", StoredSamples.Sparse, StoredRecord.Form);

    [Fact]
    public void CompactRecord_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("session-record.compact", StoredSamples.Record, StoredRecord.CompactForm);

    [Fact]
    public void CompactRecord_Read_IsTheRecordThatWasWritten()
    {
        var record = StoredSamples.Record with { ChangedAt = DateTimeOffset.MinValue, ExpiresAt = DateTimeOffset.MaxValue };

        var compact = StoredRecord.WriteCompact(record);

        Assert.Equal(Contents.Of(record), Contents.Of(StoredRecord.Read(compact)));
        Assert.Equal(StoredRecord.Write(record), StoredRecord.Write(StoredRecord.Read(compact)));
    }

    [Theory]
    [InlineData("-621355968000000001")]
    [InlineData("2534023008000000000")]
    [InlineData("9223372036854775808")]
    [InlineData("1.5")]
    public void NumberThatIsNoInstant_Read_IsNoRecord(string number) =>
        Assert.Throws<JsonException>(() => StoredRecord.Read(
            $$"""{"id":"s-0123456789abcdefghjkmnpqrs","namespace":"acme","creator":"alice","status":"Created","requestedAt":{{number}}}"""));

    [Fact]
    public void NewestAnswer_OfTheLastChange_IsStoredWithoutItsCommandTwice()
    {
        var command = Samples.CommandId;
        var record = StoredSamples.Sparse with
        {
            LastChange = new SessionCause(Samples.Alice, null, command),
            Answers = [new RecordedAnswer(CommandId.New(), 1, 1, SessionVerb.Request), new RecordedAnswer(command, -2, 2, SessionVerb.Create)],
        };

        var stored = StoredRecord.Write(record);

        Assert.Equal(2, stored.Split(command.ToString()).Length);
        Assert.Contains("\"- fffffffffffffffe 2 Create\"", stored, StringComparison.Ordinal);
        Assert.Equal(Contents.Of(record), Contents.Of(StoredRecord.Read(stored)));
    }

    /// <summary>Whoever changes a default changes every stored record that left it out. So the defaults are pinned too, each by its value.</summary>
    [Fact]
    public void WhatIsLeftOut_Read_IsWhatItHasAlwaysBeen() =>
        Golden.AssertMatches(
            "stored/session-record.left-out.json",
            JsonSerializer.SerializeToNode(
                StoredRecord.Read("""{"id":"s-0123456789abcdefghjkmnpqrs","namespace":"acme","creator":"alice","status":"Created"}"""),
                StoredJson.Default.SessionRecord)!.ToJsonString(Readable) + "\n");

    [Fact]
    public void EventBody_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("session-event-body", StoredSamples.Body, StoredJson.Default.SessionEventBody);

    [Fact]
    public void Template_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("template-state", StoredSamples.Template, GrainStateJson.Default.TemplateState);

    [Fact]
    public void AnswersOfAPolicy_Stored_HaveThePinnedFormAndAreReadBack() =>
        AssertPinned("setting-answers", StoredSamples.Answers, StoredJson.Default.SettingAnswers);

    [Fact]
    public void TemplateCatalog_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("template-catalog-state", StoredSamples.Catalog, GrainStateJson.Default.TemplateCatalogState);

    [Fact]
    public void Subscription_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("subscription-state", StoredSamples.Subscription, GrainStateJson.Default.SubscriptionState);

    [Fact]
    public void Execution_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("execution-record", Samples.Execution, StoredJson.Default.ExecutionRecord);

    [Fact]
    public void Policy_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("policy-definition", Samples.Policy, StoredJson.Default.PolicyDefinition);

    [Fact]
    public void PolicyThatSaysNothing_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("policy-definition.sparse", PolicyDefinition.None, StoredJson.Default.PolicyDefinition);

    [Fact]
    public void Operation_Stored_HasThePinnedFormAndIsReadBack() =>
        AssertPinned("operation-record", StoredSamples.Operation, StoredJson.Default.OperationRecord);

    [Fact]
    public void EarlierForms_Read_HaveTheirFieldsAndTheDefaultsOfNewOnes()
    {
        AssertReads("session-record.1", StoredSamples.EarlierRecord, StoredRecord.Form);
        AssertReads("session-record.sparse.1", StoredSamples.Sparse, StoredRecord.Form);
        AssertReads("session-event-body.1", StoredSamples.EarlierBody, StoredJson.Default.SessionEventBody);
        AssertReads("session-record.2", StoredSamples.LonelyRecord, StoredRecord.Form);
        AssertReads("session-record.3", StoredSamples.KeptRecord, StoredRecord.Form);
        AssertReads("session-record.4", StoredSamples.KeptRecord, StoredRecord.Form);
        AssertReads("session-record.5", StoredSamples.RecordOfRelease01, StoredRecord.Form);
        AssertReads("session-record.sparse.2", StoredSamples.Sparse, StoredRecord.Form);
        AssertReads("session-event-body.2", StoredSamples.LonelyBody, StoredJson.Default.SessionEventBody);
        AssertReads("policy-definition.1", EarlierSamples.Policy, StoredJson.Default.PolicyDefinition);
        AssertReads("operation-record.1", StoredSamples.Operation with { Shown = StoredSamples.Operation.Shown with { Query = EarlierSamples.Query } }, StoredJson.Default.OperationRecord);
        AssertReads("template-state.1", StoredSamples.Template with { Answers = null }, GrainStateJson.Default.TemplateState);
        Assert.Equal(12, Golden.FilesIn("earlier/stored").Count());
    }

    [Fact]
    public void StoredSamples_Inspected_LeaveNothingEmpty()
    {
        Assert.Empty(Contents.EmptyMembers(StoredSamples.Record));
        Assert.Empty(Contents.EmptyMembers(StoredSamples.Record.Grant!));
        Assert.Empty(Contents.EmptyMembers(StoredSamples.Record.Grant!.Leases[0]));
        Assert.Empty(Contents.EmptyMembers(StoredSamples.Record.Usage));
        Assert.All(typeof(SessionEventBody).GetProperties(), property => Assert.NotNull(property.GetValue(StoredSamples.Body)));
    }

    [Fact]
    public void Record_WithItsKeysInAnotherOrder_IsReadAlike()
    {
        // PostgreSQL's jsonb keeps keys by length, then by bytes.
        var stored = JsonSerializer.SerializeToNode(StoredSamples.Record, StoredRecord.Form)!.AsObject();
        var reordered = new JsonObject(stored.OrderBy(pair => pair.Key.Length).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone())));

        var read = reordered.Deserialize(StoredRecord.Form);

        Assert.NotEqual(stored.ToJsonString(), reordered.ToJsonString());
        Assert.Equal(Contents.Of(StoredSamples.Record), Contents.Of(read));
    }

    [Fact]
    public void Permissions_Stored_NameEachAndNeverAll()
    {
        foreach (var permissions in Enumerable.Range(0, 16).Select(bits => (SessionPermissions)bits))
        {
            var record = StoredSamples.Sparse with { Configuration = new SessionConfiguration { Permissions = permissions } };
            var stored = JsonSerializer.Serialize(record, StoredRecord.Form);

            // Otherwise a permission that is added one day would be in sessions of today.
            Assert.DoesNotContain("\"All\"", stored, StringComparison.Ordinal);
            Assert.Equal(permissions, JsonSerializer.Deserialize(stored, StoredRecord.Form)!.Configuration.Permissions);
        }
    }

    [Theory]
    [InlineData("\"All\"", SessionPermissions.All)]
    [InlineData("\"executeFunctions, readCrossSession\"", SessionPermissions.ExecuteFunctions | SessionPermissions.ReadCrossSession)]
    [InlineData("3", SessionPermissions.ExecuteFunctions | SessionPermissions.ComposeFunctions)]
    [InlineData("\"64\"", (SessionPermissions)64)]
    public void Permissions_WrittenByAPerson_AreRead(string text, SessionPermissions permissions) =>
        Assert.Equal(permissions, JsonSerializer.Deserialize<SessionPermissions>(text));

    // A node of this release would lose it with the next change, as one field of a newer release was lost by a pause.
    [Fact]
    public void WhatIsWrittenAgain_WithAFieldOfANewerRelease_IsRefusedByItsName()
    {
        AssertRefusesUnknown(StoredSamples.Record, StoredRecord.Form, StoredRecord.Form);
        AssertRefusesUnknown(StoredSamples.Record, StoredRecord.CompactForm, StoredRecord.CompactForm);
        AssertRefusesUnknown(Samples.Policy, StoredJson.Default.PolicyDefinition, RewrittenJson.Policy);
        AssertRefusesUnknown(StoredSamples.Answers, StoredJson.Default.SettingAnswers, RewrittenJson.SettingAnswers);
        AssertRefusesUnknown(StoredSamples.Operation, StoredJson.Default.OperationRecord, RewrittenJson.Operation);
        AssertRefusesUnknown(StoredSamples.Template, GrainStateJson.Default.TemplateState, GrainStateJson.Default.TemplateState);
        AssertRefusesUnknown(StoredSamples.Catalog, GrainStateJson.Default.TemplateCatalogState, GrainStateJson.Default.TemplateCatalogState);
        AssertRefusesUnknown(StoredSamples.Subscription, GrainStateJson.Default.SubscriptionState, GrainStateJson.Default.SubscriptionState);
    }

    [Fact]
    public void WhatIsNeverWrittenAgain_WithAFieldOfANewerRelease_IsReadWithoutIt()
    {
        foreach (var stored in WithUnknownFields(StoredSamples.Body, StoredJson.Default.SessionEventBody))
        {
            Assert.Equal(Contents.Of(StoredSamples.Body), Contents.Of(stored.Deserialize(StoredJson.Default.SessionEventBody)));
        }
    }

    [Fact]
    public void ContentHashes_OfEveryCommand_ArePinned()
    {
        // Otherwise a command that is repeated to a silo of the next version would be a conflict there.
        var hashes = Samples.Commands.Select(command => $"{command.GetType().Name} {ContentHash.Of(command)}")
            .Prepend($"{nameof(SessionSpecification)} {ContentHash.Of(Samples.Specification)}").ToList();

        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Golden.AssertMatches("stored/content-hashes.txt", string.Join('\n', hashes) + "\n");
    }

    private static void AssertRefusesUnknown<T>(T sample, JsonTypeInfo<T> written, JsonTypeInfo<T> read)
    {
        Assert.Equal(Contents.Of(sample), Contents.Of(JsonSerializer.SerializeToNode(sample, written).Deserialize(read)));
        foreach (var stored in WithUnknownFields(sample, written))
        {
            Assert.Contains("'futureField'", Assert.Throws<JsonException>(() => stored.Deserialize(read)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The stored form with a field that nobody knows, once in itself and once in every object in it that has named fields.</summary>
    private static IEnumerable<JsonNode> WithUnknownFields<T>(T sample, JsonTypeInfo<T> written)
    {
        var count = ObjectsIn(JsonSerializer.SerializeToNode(sample, written)!).Count();
        for (var i = 0; i < count; i++)
        {
            var stored = JsonSerializer.SerializeToNode(sample, written)!;
            ObjectsIn(stored).ElementAt(i)["futureField"] = 1;
            yield return stored;
        }
    }

    // Labels are named by callers, and counts by dimensions and outcomes.
    private static IEnumerable<JsonObject> ObjectsIn(JsonNode node) => node switch
    {
        JsonObject fields => fields.Where(field => field.Value is not null && field.Key != "labels").SelectMany(field => ObjectsIn(field.Value!)).Prepend(fields),
        JsonArray items => items.Where(item => item is not null).SelectMany(item => ObjectsIn(item!)),
        _ => [],
    };

    private static void AssertReads<T>(string earlier, T expected, JsonTypeInfo<T> type) =>
        Assert.Equal(Contents.Of(expected), Contents.Of(JsonSerializer.Deserialize(Golden.ReadEarlier($"stored/{earlier}.json"), type)));

    private static void AssertPinned<T>(string name, T sample, JsonTypeInfo<T> type)
    {
        var written = JsonSerializer.SerializeToNode(sample, type)!.ToJsonString(Readable) + "\n";

        var pinned = Golden.AssertMatches($"stored/{name}.json", written);

        var read = JsonSerializer.Deserialize(pinned, type)!;
        Assert.Equal(written, JsonSerializer.SerializeToNode(read, type)!.ToJsonString(Readable) + "\n");
        Assert.Equal(Contents.Of(sample), Contents.Of(read));
    }
}
