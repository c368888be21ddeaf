using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Sessions.Architecture.Tests.Metadata;

/// <summary>Finds the metadata tokens in the instructions of a method.</summary>
internal static class MethodTokens
{
    private static readonly Dictionary<int, OperandType> Operands = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value, code => code.OperandType);

    /// <summary>Types, methods, fields and signatures that the instructions name, in order.</summary>
    public static IEnumerable<EntityHandle> In(MethodBodyBlock body)
    {
        var found = new List<EntityHandle>();
        var reader = body.GetILReader();
        while (reader.RemainingBytes > 0)
        {
            // Instructions of two bytes begin with 0xFE.
            int code = reader.ReadByte();
            code = code == 0xFE ? 0xFE00 | reader.ReadByte() : code;
            switch (Operands[code])
            {
                case OperandType.InlineType or OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineTok or OperandType.InlineSig:
                    found.Add(MetadataTokens.EntityHandle(reader.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var cases = reader.ReadInt32();
                    reader.Offset += 4 * cases;
                    break;
                case var operand:
                    reader.Offset += SizeOf(operand);
                    break;
            }
        }

        return found;
    }

    private static int SizeOf(OperandType operand) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineBrTarget or OperandType.InlineI or OperandType.InlineString or OperandType.ShortInlineR => 4,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => throw new NotSupportedException($"Operands of the kind {operand} are not known here."),
    };
}
