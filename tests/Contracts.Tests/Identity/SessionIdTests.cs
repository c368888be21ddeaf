namespace Sessions.Contracts.Tests.Identity;

public class SessionIdTests() : IdBehaviour<SessionId>('s')
{
    private protected override SessionId New() => SessionId.New();

    private protected override bool TryParse(string? text, out SessionId id) => SessionId.TryParse(text, out id);

    private protected override bool IsDefault(SessionId id) => id.IsDefault;

    private protected override byte[] Bytes(SessionId id)
    {
        var bytes = new byte[SessionId.ByteCount];
        id.CopyTo(bytes);
        return bytes;
    }

    private protected override (bool Less, bool AtMost, bool Same, bool AtLeast, bool Greater) Compare(SessionId a, SessionId b) =>
        (a < b, a <= b, a == b, a >= b, a > b);
}
