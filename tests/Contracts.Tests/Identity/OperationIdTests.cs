namespace Sessions.Contracts.Tests.Identity;

public class OperationIdTests() : IdBehaviour<OperationId>('o')
{
    private protected override OperationId New() => OperationId.New();

    private protected override bool TryParse(string? text, out OperationId id) => OperationId.TryParse(text, out id);

    private protected override bool IsDefault(OperationId id) => id.IsDefault;

    private protected override byte[] Bytes(OperationId id)
    {
        var bytes = new byte[OperationId.ByteCount];
        id.CopyTo(bytes);
        return bytes;
    }

    private protected override (bool Less, bool AtMost, bool Same, bool AtLeast, bool Greater) Compare(OperationId a, OperationId b) =>
        (a < b, a <= b, a == b, a >= b, a > b);
}
