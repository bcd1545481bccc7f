"""HEIF of 64 x 48 pixels.

A ramp (red 40 + 2.5 x, green 60 + 3 y, blue 200 - 1.5 x), one turned and one of ten bits; and four flat quarters (red,
green over blue, white): plain, of ten bits in Display P3, and of ten bits on the PQ curve of HDR.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from develop import colour, decode
from develop.codecs import heif
from develop.errors import UnreadablePicture, UnsupportedPicture
from develop.image import SRGB, ColorSpace

TURNED = (
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005VZDn*}000000000XXk=`10000000000aA{+700000000000000000000G-+&a"
    "V*mgE07O6l0ssL300001>;M4(0000000EHz0ssI200Vsh0RR9100000Bme*aIB98aW&i*H00062000$fZf0cy000000RRAKc4ILB"
    "0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031009SSaB^?}008D`aAR)(004Gqc4I>U18@KU0FVFx0000U@BsY%`1k+-"
    "4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k"
    "0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L8000000000$0000$0000eV{Bn?0000$000010000m000010000000002"
    "|NsB+000020000GaA|mH000000|*ER00009X>xCL0{{R38EJ5BVE_OC000000RRC8fdT^sgoXeB02*m>Wo7^X0000001jhhb7KGk"
    "009620005KZDe6|0004vC;_ho_}l~m=A82>{dQZU%~D>V#t^PbMI0^OqE!?)90ZcgI!$r3j>zZq>{<7Y@%l~iP4!SvN{v*@%>8PF"
    "67A_NlX#Qq#}mBn^S*PRXeKv4)a_`BE}+=K`d&_|(6v5YG&Vb**wIjL5}RM|Y%^(PbCm}l0x0PCYWEj^RLRF~Uot-7UG{nv&2S|H"
    "Z@%$minkX!-6N4`UB82&mlBzMBl&L2Q_y}P2}kJE3TPSshEJJ@{yT=5py4|GxmUZz+?)vRR}QKbiMYok21FyA*<7EeE~o4SuhdEe"
    "(g$l*iyV2GX<i*9COmR|mkU-e!*#zlESkFMf>0&_Lw5Z9-r&EtXv?QR$I*Ls`^1j=1Kd}Cia!tQgn`7$%2rqUh1VuM*7}!zON<pM"
    "G9-`6nnFezYG4I=YDN+valV{q){6kRFuxFO@k|hxoLv*owy)G`3A3wt4~!}#n@G8c6a_*_nIw4I{e7#ChsYf${QsByIcimF82TWi"
    "rS<?Z>Thh+A>J&bV*mgE21R&jW&i+9O#mtY000O80Ra*K0{{R30RRR70000000"
)
TEN_BITS = (
    "0000SW^{RQXk}@500000ZE0pPXk}@5ZE0a<0004eZDn*}000000000XXk=`10000000000aA{+700000000000000000000B57=I"
    "V*mgE07O6l0RRC200001pa1~?0000000CG4001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F#rGn01j|zbZr0t000010002|"
    "X>f9I0002oX>en20001WXm(>m0R#vD005o1000009`FGC{rdU<01pFT0096OKmiN^|NjIC00093owxu10{{RXx&lC90096hLID8;"
    "2mk;B0G+r100RI39-ttB1lew`N^6^dhJykC00RIr000930uW*V0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L800000"
    "0000$0000$0000eV{Bn?0000$000010000m000010000000002|NsB+000020000GaA|mH000000}2WX0000OX>e^}0000000001"
    "009Mo0s{qv0004CZDe6|00040C;_hqIIcRtD78<L=X=B1r&|4$f5=~l^`7q9Y#-nk^BFY%fd7j0tDhfpU#IEr-6wRxbodA%iMAhJ"
    "?pE&WPH=K5HbQ%~Y%!&}`pAy3AZG&S5Z}_$LO3N{9qhSLAdlIE0i0o2Ra*fpa`C@lV|4B5nxX=GUGkAF+yI9kmn?kvLcx(H8*vgW"
    "V*T@>#2m9DZRioXstj(St%>+>``mR~<=0_<s2dvpSQq0@@8xdZC=y}GLyS|64YmWs9j+4Pvf7CL(;W7bOQM}n4r8Y)L)E?HC<u$J"
    "TF5r|*fLZuFhsDBxPRn0A4#&WnT8rDEzXx+I)Ep7F_rrt+#lBem3X$s176N|(9`bIu1h1bn?U6LzKybzN&GMd<4PHT)Vv=f;e>e*"
    "KgW7#NMQsosp}q9=~{nulWjrzuwL`=RpE;`t1SxvW2UB4fL|hT"
)

PLAIN = (
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0004fZDn*}000000000XXk=`10000000000aA{+700000000000000000000B57=IV*mg"
    "E07O6l0RRC200001p#T8@00000006oG001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F#rGn01j|zbZr0t000010002}X>f9I000"
    "2pX>en20001XXm(>m0RwOV0058x000009`FGC{rLC*01pFT0096PKmiN^|NjGU00093kN^M!000939=ZZRVE_RDDnbDP18@KU0|1Z!00"
    "RI30{|YNAb|yz>g1-mxCm%4AOHXZ10VnZ0{|gn00967L;=Bbz=;3=025<xY;ta6Y<K_x01W^JfB*mh6lrsCWdHyG00000KmY&$KmY&$C"
    "}V74Z~y=RKmY&$0RR91FaQ7m0RR91000000{{R2@Bjb+0ssI25O8UDX#fBK00RgJ2mk;87-?{AVE_OC000000RRC7fdT^sga7~l!fj+>"
    "bN~PVwkQFw3E(3&E&t+A|M;tN9unytJG=EL|GR>_$1wlhVYT<@?@j-jqrRt`{d#$-fh7;$|01lvDC{IW0M3i9yU-_uOF6NU>O6w$6+IC"
    "V{0z}I@PJttQJ51JNI<clLHX-q&EDG5I&Zk#a7m68P#Ddx!iJ~#EEE26FXVc{Shp8{i-Zppxz$Wii>wC_KS4@0WEdU0^e6OkZAD=A7c)"
    "EPDI+;Hzco$D@$MvcA%h6}Y=}Y"
)
P3 = (
    "0000SW^{RQXk}@500000ZE0pPXk}@5ZE0a<0004eZDn*}000000000XXk=`10000000000aA{+700000000000000000000B57=IV*mg"
    "E07O6l0RRC200001pa1~?00000004FX001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F#rGn01j|zbZr0t000010002|X>f9I000"
    "2oX>en20001WXm(>m0R#vD005o1000009`FGC{rdU<01pFT0096OKmiN^|NjIC00093owxu10{{RXx&lC90096hLID8;2mk;B0G+r100"
    "RI39-ttB1lew`N^6^j27>|s00RIr000930uW*V0RRR>0l{;?i2wiq6Ju{|a&BX6cmNCl4FCp!0000KX>)L8000000000$0000$0000eV"
    "{Bn?0000$000010000m000010000000002|NsB+000020000GaA|mH000000}2WX0000OX>e^}0000000001009Mo0s{qv0001fZDe6|"
    "0001TC;_ht;3GA}|N4jj{(*dln_~6KMpzoZ?Ligq@kjN@@uR)3rvKSd--p%z8Bdu|e3$z=?%3O@3Z+Vb8X_J^)#4i!N~>t*RT@Qy9bBI"
    "N2;h*~R;${Z;{-nfxB#J{KA(A(#K><Y#OL|!j~l-4)8G"
)
PQ = (
    "0000SW^{RQXk}@500000ZE0pPXk}@5ZE0a<0004eZDn*}000000000XXk=`10000000000aA{+700000000000000000000B57=IV*mg"
    "E07O6l0RRC200001pa1~?00000004FX001LtX>Mi!000000RR916=`l}WdZ;I000310BCk&F#rGn01j|zbZr0t000010002|X>f9I000"
    "2oX>en20001WXm(>m0R#vD005o1000009`FGC{rdU<01pFT0096OKmiN^|NjIC00093owxu10{{RXx&lC90096hLID8;2mk;B0G+r100"
    "RI39-ttB1lew`N^6^hhywxu00RIr000930uW*V0RRR>0l{;?i2wiq6Ju{|a&BX6cmN3i5C8^%0000KX>)L8000000000$0000$0000eV"
    "{Bn?0000$000010000m000010000000002|NsB+000020000GaA|mH000000}2WX0000OX>e^}0000000001009Mo0s{qv0001fZDe6|"
    "0001TC;_ht;3GA}|N4jj{(*dln_~6KMpzoZ?Ligq@kjN@@uR)3rvKSd--p%z8Bdu|e3$z=?%3O@3Z+Vb8X_J^)#4i!N~>t*RT@Qy9bBI"
    "N2;h*~R;${Z;{-nfxB#J{KA(A(#K><Y#OL|!j~l-4)8G"
)
QUARTERS = ((0.8, 0.2, 0.2), (0.2, 0.7, 0.2), (0.2, 0.2, 0.8), (0.9, 0.9, 0.9))


def _written(folder: Path, text: str, part: float = 1.0) -> Path:
    content = base64.b85decode(text)
    path = folder / "IMG_1.HIF"
    path.write_bytes(content[: int(len(content) * part)])
    return path


def _ramp() -> Any:
    y, x = np.mgrid[:48, :64]
    return np.stack([40 + 2.5 * x, 60 + 3 * y, 200 - 1.5 * x], axis=-1)


def test_a_turned_picture_comes_as_the_sensor_saw_it(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    path = _written(tmp_path, TURNED)
    image = decode.read_image(path)
    assert image.pixels.dtype == np.uint8
    assert image.space == SRGB
    assert decode.read_size(path) == (64, 48) == (image.width, image.height)
    assert np.abs(image.pixels - _ramp()).mean() < 3


def test_ten_bits_fill_sixteen(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    image = decode.read_image(_written(tmp_path, TEN_BITS))
    assert image.pixels.dtype == np.uint16
    assert np.abs(image.pixels / 257 - _ramp()).mean() < 3
    assert len(np.unique(image.pixels)) > 260  # more than eight bits would give


@pytest.mark.parametrize("part", [0.1, 0.5, 0.97])
def test_a_file_cut_short_is_an_error(tmp_path: Path, part: float) -> None:
    pytest.importorskip("pi_heif")
    with pytest.raises(UnreadablePicture, match=r"IMG_1\.HIF"):
        decode.read_image(_written(tmp_path, TURNED, part))


def test_without_the_decoder_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(UnsupportedPicture, match=r"stackroom\[heif\].*or JPEG"):
        heif.read_heif(_written(tmp_path, TURNED))


@pytest.mark.parametrize(("text", "space"), [(PLAIN, SRGB), (P3, colour.DISPLAY_P3)])
def test_colours_named_by_number_are_in_their_space(tmp_path: Path, text: str, space: ColorSpace) -> None:
    pytest.importorskip("pi_heif")
    image = decode.read_image(_written(tmp_path, text))
    top = np.iinfo(image.pixels.dtype).max
    seen = [image.pixels[y, x] / top for y in (12, 36) for x in (16, 48)]
    assert image.space == space
    # Compressed, but flat: a few codes of 255.
    assert np.abs(np.array(seen) - QUARTERS).max() < 3 / 255


def test_hdr_is_refused_and_not_taken_for_something_else(tmp_path: Path) -> None:
    pytest.importorskip("pi_heif")
    with pytest.raises(UnsupportedPicture, match=r"IMG_1.*HDR picture \(PQ\)"):
        decode.read_image(_written(tmp_path, PQ))


@pytest.mark.parametrize("text", [PLAIN, P3, TURNED])
def test_the_pixels_outlive_the_library_s_own_memory(tmp_path: Path, text: str) -> None:
    pytest.importorskip("pi_heif")
    root: Any = decode.read_image(_written(tmp_path, text)).pixels
    while isinstance(root, np.ndarray) and root.base is not None:
        root = root.base
    assert isinstance(root, np.ndarray)
    assert root.flags.owndata
